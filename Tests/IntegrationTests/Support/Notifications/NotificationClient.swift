import ChannelLayers
import Messages
import NIOHTTP1

/// A client of a user's notifications, as `/muster.js` is one: it knows what it has seen, and comes back with that.
struct NotificationClient: Sendable {
    let user: String
    /// The last id that it was told.
    private(set) var last: String?
    private(set) var socket: WebSocketClient?
    /// Whether the next id says nothing of the last.
    private var idsBeginAnew = true

    init(_ user: String, last: String? = nil) {
        self.user = user
        self.last = last
        idsBeginAnew = last == nil
    }

    /// Connects, with the last id it was told, to a front or a load balancer at `ws://…`.
    mutating func connect(_ url: String) async throws {
        var options = WebSocketClient.Options()
        options.headers = ["Sec-WebSocket-Protocol": "muster.v1"]
        let query = last.map { "?last=\($0)" } ?? ""
        socket = try await WebSocketClient.connect("\(url)/message/\(user)/stream/\(query)", options: options)
    }

    /// Goes without a word.
    mutating func drop() async {
        await socket?.drop()
        socket = nil
    }

    /// The next frame; its id is the client's position from then on.
    ///
    /// A position that is not news is passed over. What comes twice is not: tests look for that.
    mutating func next(timeout: Duration = .seconds(30)) async throws -> NotificationFrame {
        guard let socket else { throw HarnessError.unexpected("the client is not connected") }
        while true {
            let frame = try NotificationFrame(try await socket.nextText(timeout: timeout))
            if frame.type == "position", !idsBeginAnew { continue }
            if let id = frame.id { last = id }
            idsBeginAnew = frame.type == "gap" || (idsBeginAnew && frame.id == nil)
            return frame
        }
    }

    /// The next so many frames.
    mutating func next(_ count: Int, timeout: Duration = .seconds(30)) async throws -> [NotificationFrame] {
        var frames: [NotificationFrame] = []
        while frames.count < count { frames.append(try await next(timeout: timeout)) }
        return frames
    }
}

/// One frame of the wire `muster.v1`.
struct NotificationFrame: Sendable, Equatable {
    let type: String
    let id: String?
    let text: String?

    init(_ json: String) throws {
        let message = try Message(json: json)
        (type, id, text) = (message.type, message["id"]?.stringValue, message["text"]?.stringValue)
    }
}

extension MusterFront {
    /// The key that ``send(_:to:)`` shows; fronts of such tests are started with ``notificationArguments``.
    static let notificationKey = "a key of the tests"
    static let notificationArguments = ["--api-keys", notificationKey]

    /// The front's address for WebSockets, without a path.
    var webSocketOrigin: String { "ws://127.0.0.1:\(port)" }

    /// Sends a text to a user by the HTTP API; returns its id.
    @discardableResult
    func notify(_ user: String, _ text: String) async throws -> String {
        let message = Message(type: "websocket.send", ["text": .string(text)])
        let response = try await HTTPExchange.send(
            "\(url)/api/v1/groups/message.\(user)/send",
            method: .POST,
            headers: ["Authorization": "Bearer \(Self.notificationKey)"],
            body: try message.json()
        )
        let bytes = Array(response.body.utf8)
        guard response.status == 200, let id = try JSON.decode(bytes.span)["id"]?.stringValue else {
            throw HarnessError.unexpected("the API answered \(response.status) \(response.body)")
        }
        return id
    }
}
