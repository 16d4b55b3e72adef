import ChannelLayers
import DequeModule

/// How far one connection has been sent its user's inbox, and how much of that it may not have yet.
///
/// A full inbox is larger than what may wait for one client. So the client is pinged behind what it is sent, and is sent no
/// more than a window ahead of its answers.
struct InboxWindow: Sendable {
    /// With so many messages under way the client is waited for.
    static let countLimit = 500
    /// With so many bytes under way the client is waited for.
    ///
    /// A front lets four times as many wait.
    static let byteLimit = 256 << 10
    /// How many of the messages that were sent are remembered.
    static let memory = 256

    /// The newest message that was sent.
    private(set) var last = MessageID.zero
    /// Whether there may be more to read, once the client has answered.
    private(set) var isHeld = false
    private var unanswered: Deque<(id: MessageID, bytes: Int)> = []
    private var bytes = 0
    /// The ping that is not answered yet, and how many messages it lies behind.
    private var ping: (mark: UInt64, count: Int)?
    private var lastMark: UInt64 = 0
    private var remembered: Set<MessageID> = []
    private var order: Deque<MessageID> = []
    /// The newest message that is not remembered any more.
    private var forgotten = MessageID.zero

    /// Whether the client has to answer before it is sent more.
    var isFull: Bool { unanswered.count >= Self.countLimit || bytes >= Self.byteLimit }

    /// Whether so much is under way that an answer should be asked for.
    var isFilling: Bool { unanswered.count >= Self.countLimit / 4 || bytes >= Self.byteLimit / 4 }

    /// Whether a message was sent; what is too long ago to be known counts as sent.
    func hasSent(_ id: MessageID) -> Bool {
        id <= forgotten || remembered.contains(id)
    }

    /// A message is sent.
    mutating func sent(_ id: MessageID, bytes count: Int) {
        last = max(last, id)
        unanswered.append((id, count))
        bytes += count
        guard remembered.insert(id).inserted else { return }
        order.append(id)
        guard order.count > Self.memory, let oldest = order.popFirst() else { return }
        remembered.remove(oldest)
        forgotten = max(forgotten, oldest)
    }

    /// What is left has to wait for the client.
    mutating func hold() {
        isHeld = true
    }

    /// Nothing is left to read.
    mutating func release() {
        isHeld = false
    }

    /// Notes that the client is pinged now.
    ///
    /// - Parameter always: Whether an answer is wanted although nothing is under way.
    /// - Returns: The ping's mark; `nil` if one is under way, or nothing to ask for.
    mutating func nextPing(always: Bool = false) -> UInt64? {
        guard ping == nil, always || !unanswered.isEmpty else { return nil }
        lastMark += 1
        ping = (lastMark, unanswered.count)
        return lastMark
    }

    /// The client has answered a ping.
    ///
    /// - Returns: The messages that have arrived; none if that ping was not sent, or answered before.
    mutating func answered(_ mark: UInt64) -> [MessageID] {
        guard let ping, ping.mark == mark else { return [] }
        self.ping = nil
        let arrived = unanswered.prefix(ping.count)
        bytes -= arrived.reduce(0) { $0 + $1.bytes }
        let ids = arrived.map(\.id)
        unanswered.removeFirst(ping.count)
        return ids
    }
}
