import Crypto
import FoundationEssentials

/// The proof that a server has read the opening handshake (RFC 6455 section 4.2.2, step 5.4).
enum AcceptKey {
    private static let suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// The value of `Sec-WebSocket-Accept`, or `nil` if the key is not 16 bytes in base64.
    static func answer(to key: String) -> String? {
        guard let nonce = Data(base64Encoded: key), nonce.count == 16 else { return nil }
        return Data(Insecure.SHA1.hash(data: Data((key + suffix).utf8))).base64EncodedString()
    }
}
