public import ChannelLayers
public import Consumers
public import Messages

/// How many are connected to each system, live: what the index page shows.
///
/// While somebody looks, each front reads the counts once a second and tells its clients when one has changed:
/// `{"type": "counts", "users": "3", "chat": "2", "direct": "4", "support": "1", "clock": "0", …}`.
public struct LiveCounts: Consumer {
    /// The group of those who look.
    public static let group: GroupName = "counts"
    /// What is counted: each system's group that all of its connections are in.
    public static let counted: [GroupName] = [
        "users", "chat", "direct", "support", "clock", "notifications", "echo",
    ]

    static let type = "counts"

    private let reading: CountsReading
    private var listening: Ticker.Listening?

    /// Makes the counts' part of one connection.
    ///
    /// - Parameter reading: The front's one.
    public init(reading: CountsReading) {
        self.reading = reading
    }

    /// Tells the counts, then each change.
    public mutating func connected(_ connection: Connection) async throws {
        try await connection.join(Self.group)
        listening = reading.ticker.listen(on: connection.layer)
        try await reading.latest.tell(connection)
    }

    /// Looks no longer.
    public mutating func disconnected(_ connection: Connection, code: CloseCode) async throws {
        listening = nil
    }

    /// The counts as one object.
    public static func render(_ message: Message) throws -> Rendering {
        guard message.type == type else { return .unknown }
        return .frame(try frame(message))
    }

    static func frame(_ counts: Message) throws -> OutboundFrame {
        try .json(counts.fields)
    }
}
