import Messages

/// The layer's own operations, by their names in Channels, and those that run for longer inside the process.
extension DjangoLayer {
    func newChannel() async throws -> String {
        guard let name = try await call("new_channel").stringValue else {
            throw HarnessError.unexpected("new_channel() gave no text")
        }
        return name
    }

    func groupAdd(_ channel: String, to group: String) async throws {
        try await call("group_add", ["group": .string(group), "channel": .string(channel)])
    }

    func groupDiscard(_ channel: String, from group: String) async throws {
        try await call("group_discard", ["group": .string(group), "channel": .string(channel)])
    }

    func groupSend(_ message: Message, to group: String) async throws {
        try await call("group_send", ["group": .string(group), "message": message.forPython])
    }

    /// Sends to one channel; a full one throws a ``DjangoError`` of type `ChannelFull`.
    func send(_ message: Message, to channel: String) async throws {
        try await call("send", ["channel": .string(channel), "message": message.forPython])
    }

    /// The next message of a channel; nil when none came in time.
    ///
    /// A receive that found nothing goes on in the process, and the next call for the channel gets what it finds.
    func receive(_ channel: String, timeout: Duration = .seconds(10)) async throws -> Message? {
        let answer = try await call(
            "receive",
            ["channel": .string(channel), "timeout": .double(timeout / .seconds(1))],
            timeout: timeout + .seconds(10)
        )
        return answer.isNull ? nil : try Message(answer.fromPython)
    }

    func flush() async throws { try await call("flush") }

    /// Makes a channel that is in a group and received from for ever; see ``collected(_:)``.
    func collectingMember(of group: String) async throws -> String {
        let channel = try await newChannel()
        try await startCollecting(channel)
        try await groupAdd(channel, to: group)
        return channel
    }

    /// Receives from a channel for ever inside the process.
    func startCollecting(_ channel: String) async throws {
        try await call("start_collecting", ["channel": .string(channel)])
    }

    /// What has come to a channel since ``startCollecting(_:)``.
    func collected(_ channel: String) async throws -> ChannelSummary {
        try ChannelSummary(python: await call("collected", ["channel": .string(channel)]))
    }

    /// Waits until so many messages have come to a channel; returns what there is then, or when the time is up.
    func collected(_ channel: String, count: Int, timeout: Duration = .seconds(30)) async throws -> ChannelSummary {
        try await summary(of: count, timeout: timeout) { try await collected(channel) }
    }

    /// Sends numbered messages, each when the one before has been taken.
    ///
    /// - Parameters:
    ///   - count: How many; their numbers begin at 0.
    ///   - sender: What the messages say of their sender.
    ///   - target: Where to.
    ///   - retry: Whether a message that finds a full channel is sent again until there is room.
    ///   - timeout: How long all may take.
    /// - Returns: How often a channel was full, and how long it took.
    /// - Throws: As ``call(_:_:timeout:)``.
    @discardableResult
    func sendMany(
        _ count: Int,
        from sender: String,
        to target: Target,
        retry: Bool = false,
        timeout: Duration = .seconds(180)
    ) async throws -> (full: Int, seconds: Double) {
        var arguments: MessageMap = [
            "count": .integer(Int64(count)), "sender": .string(sender), "retry": .bool(retry),
        ]
        switch target {
        case .group(let group): arguments["group"] = .string(group)
        case .channel(let channel): arguments["channel"] = .string(channel)
        }
        let answer = try await call("send_many", arguments, timeout: timeout)
        guard let full = answer["full"]?.integerValue, let seconds = answer["seconds"]?.doubleValue else {
            throw HarnessError.unexpected("send_many answered \(answer)")
        }
        return (Int(full), seconds)
    }
}

/// Waits until a summary counts so many messages, or no longer than `timeout`.
///
/// - Returns: The last summary; whoever compares it sees what was missing, or that there was more.
func summary(
    of count: Int,
    timeout: Duration,
    _ look: () async throws -> ChannelSummary
) async throws -> ChannelSummary {
    let deadline = ContinuousClock.now + timeout
    while true {
        let summary = try await look()
        if summary.count >= count || .now > deadline { return summary }
        try await Task.sleep(for: .milliseconds(50))
    }
}

extension Message {
    fileprivate var forPython: MessageValue { MessageValue.map(fields).forPython }
}

/// JSON has no bytes: in requests and answers they are `{"bytes": "<hex>"}`.
extension MessageValue {
    fileprivate var forPython: MessageValue {
        switch self {
        case .bytes(let bytes): ["bytes": .string(bytes.map(Self.hex).joined())]
        case .array(let values): .array(values.map(\.forPython))
        case .map(let map): .map(map.mapValues(\.forPython))
        default: self
        }
    }

    fileprivate var fromPython: MessageValue {
        switch self {
        case .array(let values): .array(values.map(\.fromPython))
        case .map(let map):
            if map.count == 1, let hex = map["bytes"]?.stringValue {
                .bytes(Self.bytes(ofHex: hex))
            } else {
                .map(map.mapValues(\.fromPython))
            }
        default: self
        }
    }

    private static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

    private static func bytes(ofHex hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}

extension ChannelSummary {
    fileprivate init(python value: MessageValue) throws {
        for (sender, tally) in value["senders"]?.mapValue ?? [:] {
            senders[sender] = SequenceSummary(
                count: Int(tally["count"]?.integerValue ?? -1),
                duplicates: Int(tally["duplicates"]?.integerValue ?? -1),
                late: Int(tally["late"]?.integerValue ?? -1),
                firstGap: tally["first_gap"]?.integerValue.map { Int($0) }
            )
        }
        others = try (value["others"]?.arrayValue ?? []).map { try Message($0.fromPython) }
        errors = (value["errors"]?.arrayValue ?? []).compactMap(\.stringValue)
    }
}
