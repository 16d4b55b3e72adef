/// One SUBSCRIBE, PSUBSCRIBE, UNSUBSCRIBE or PUNSUBSCRIBE, as sent on one particular connection.
struct SubscriptionCommand: Equatable {
    enum Verb: Equatable {
        case subscribe
        case unsubscribe
    }

    let verb: Verb
    /// Topics of one kind; at least one.
    let topics: [RedisTopic]
    /// Which connection it was made for: its answer counts only while that is the current one.
    let epoch: Int

    /// The command on the wire.
    var command: RedisCommand {
        RedisCommand(name.uppercased(), topics.map { RedisArgument($0.name) })
    }

    /// Whether these replies are what Redis says to this command: one for each topic, in order.
    func isConfirmed(by replies: [RedisReply]) -> Bool {
        guard replies.count == topics.count else { return false }
        return zip(topics, replies).allSatisfy { topic, reply in
            guard case .array(let elements) = reply, elements.count == 3 else { return false }
            return elements[0].string == name && elements[1].string == topic.name
        }
    }

    private var name: String {
        let isPattern = if case .pattern = topics.first { true } else { false }
        return (isPattern ? "p" : "") + (verb == .subscribe ? "subscribe" : "unsubscribe")
    }
}
