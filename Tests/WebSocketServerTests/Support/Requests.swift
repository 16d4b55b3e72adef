/// Opening handshakes as clients write them.
enum Requests {
    /// The key of RFC 6455 section 1.3 and what it is answered with.
    static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    static let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    static func webSocket(_ target: String, version: String = "13") -> String {
        """
        GET \(target) HTTP/1.1\r
        Host: localhost\r
        Upgrade: websocket\r
        Connection: Upgrade\r
        Sec-WebSocket-Key: \(key)\r
        Sec-WebSocket-Version: \(version)\r
        \r

        """
    }

    static func get(_ target: String) -> String {
        "GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n"
    }
}
