import Messages
import NIOHTTP1

/// Someone in a chat room who speaks `muster.v1`.
struct Chatter: Sendable {
    let client: WebSocketClient

    /// Connects.
    ///
    /// - Parameters:
    ///   - url: Of the room.
    ///   - query: Such as `name=Ann`.
    /// - Returns: The connection; nothing of it is read yet.
    /// - Throws: What the handshake throws, or that the server does not speak the subprotocol.
    static func connect(_ url: String, _ query: String = "") async throws -> Chatter {
        var options = WebSocketClient.Options()
        options.headers = ["Sec-WebSocket-Protocol": "muster.v1"]
        let client = try await WebSocketClient.connect(query.isEmpty ? url : "\(url)?\(query)", options: options)
        guard client.response.headers["Sec-WebSocket-Protocol"] == ["muster.v1"] else {
            throw HarnessError.unexpected("the server does not speak muster.v1: \(client.response.headers)")
        }
        return Chatter(client: client)
    }

    /// The next frame.
    func next(timeout: Duration = .seconds(20)) async throws -> MessageMap {
        let text = try await client.nextText(timeout: timeout)
        guard case .map(let frame) = try JSON.decode(text) else { throw HarnessError.unexpected("no object: \(text)") }
        return frame
    }

    /// The next frame of one of these types; others before it are passed over.
    func next(_ types: String..., timeout: Duration = .seconds(20)) async throws -> MessageMap {
        while true {
            let frame = try await next(timeout: timeout)
            if let type = frame["type"]?.stringValue, types.contains(type) { return frame }
        }
    }

    /// The text of the next message.
    func nextText() async throws -> String? { try await next("message")["text"]?.stringValue }

    /// Waits until the room's counts are these.
    func waitForCount(connections: Int, people: Int, timeout: Duration = .seconds(60)) async throws {
        let wanted: MessageMap = [
            "type": "count", "connections": .string("\(connections)"), "people": .string("\(people)"),
        ]
        while try await next("count", timeout: timeout) != wanted {}
    }

    func say(_ text: String) async throws { try await client.send(text: text) }
}
