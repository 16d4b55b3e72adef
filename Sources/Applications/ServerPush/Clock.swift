public import ChannelLayers
public import Consumers
public import Messages

/// Server push: everyone who is connected hears the server's time once a second, as
/// `{"time": "2026.11.21 20:29:47"}`.
///
/// One timer of the front serves all its clients, and the frame is made once for all of them.
public struct Clock: Consumer {
    /// The group of those who hear it: `ZCARD asgi:group:clock`.
    public static let group: GroupName = "clock"

    private let ticker: Ticker
    private var listening: Ticker.Listening?

    /// What tells the clients of one front the time.
    public static func ticker() -> Ticker {
        Ticker("clock") { layer, second in
            layer.localGroupSend(message(at: second), to: group)
        }
    }

    /// Makes the clock's part of one connection.
    ///
    /// - Parameter ticker: The front's one.
    public init(ticker: Ticker) {
        self.ticker = ticker
    }

    /// Tells the time at once, then joins those who hear it each second.
    ///
    /// The front tells its own connections, so the time comes while the join still waits for the layer's server.
    public mutating func connected(_ connection: Connection) async throws {
        connection.send(try Self.frame(Self.message(at: WallClock.system.now().whole)))
        listening = ticker.listen(on: connection.layer)
        try await connection.join(Self.group)
    }

    /// Listens no longer.
    public mutating func disconnected(_ connection: Connection, code: CloseCode) async throws {
        listening = nil
    }

    /// The time as `{"time": "2026.11.21 20:29:47"}`.
    public static func render(_ message: Message) throws -> Rendering {
        guard message.type == "clock.time" else { return .unknown }
        return .frame(try frame(message))
    }

    static func message(at second: Int) -> Message {
        Message(type: "clock.time", ["time": .string(LocalTime.text(at: second))])
    }

    private static func frame(_ message: Message) throws -> OutboundFrame {
        try .json(["time": message["time"] ?? .null])
    }
}
