import ChannelLayers
import Messages

extension DeskSnapshot {
    /// The type of the message in which a front tells the others what the desk has become.
    static let messageType = "support.changed"

    /// The snapshot as all fronts get it.
    var message: Message {
        Message(
            type: Self.messageType,
            [
                "version": .integer(Int64(version)),
                "waiting": .array(
                    waiting.map { .array([.string($0.customer.rawValue), .integer(Int64($0.order))]) }
                ),
                "talks": .array(
                    talks.map {
                        .array([.string($0.customer.rawValue), .string($0.staff.rawValue), .integer(Int64($0.began))])
                    }
                ),
                "staff": .array(staff.map { .string($0.rawValue) }),
                "away": .array(away.map { .string($0.rawValue) }),
            ]
        )
    }

    /// The version of the snapshot that a message holds; `nil` if it holds none.
    static func version(of message: Message) -> Int? {
        message["version"]?.integerValue.flatMap { Int(exactly: $0) }
    }

    /// Reads a message; `nil` if it is not whole.
    init?(_ message: Message) {
        guard let version = Self.version(of: message),
            let waiting = Self.list(message["waiting"], { Waiting($0) }),
            let talks = Self.list(message["talks"], { Talk($0) }),
            let staff = Self.list(message["staff"], { UserName($0) }),
            let away = Self.list(message["away"], { UserName($0) })
        else { return nil }
        self.init(version: version, waiting: waiting, talks: talks, staff: staff, away: Set(away))
    }

    private static func list<Element>(
        _ value: MessageValue?,
        _ read: (MessageValue) -> Element?
    ) -> [Element]? {
        guard let values = value?.arrayValue else { return nil }
        let elements = values.compactMap(read)
        return elements.count == values.count ? elements : nil
    }
}

extension DeskSnapshot.Waiting {
    fileprivate init?(_ value: MessageValue) {
        guard let parts = value.arrayValue, parts.count == 2, let customer = UserName(parts[0]),
            let order = parts[1].integerValue
        else { return nil }
        self.init(customer, order: Int(order))
    }
}

extension DeskSnapshot.Talk {
    fileprivate init?(_ value: MessageValue) {
        guard let parts = value.arrayValue, parts.count == 3, let customer = UserName(parts[0]),
            let staff = UserName(parts[1]), let began = parts[2].integerValue
        else { return nil }
        self.init(customer, with: staff, began: Int(began))
    }
}

extension UserName {
    fileprivate init?(_ value: MessageValue) {
        guard let text = value.stringValue else { return nil }
        try? self.init(text)
    }
}
