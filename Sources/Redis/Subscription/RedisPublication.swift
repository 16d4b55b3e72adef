/// One message received over pub/sub.
package struct RedisPublication: Sendable, Equatable {
    /// What was subscribed; a channel that fits a topic of each kind is received once for each.
    package let topic: RedisTopic
    /// Where the message was published.
    package let channel: String
    /// What was published, any bytes.
    package let payload: [UInt8]

    package init(topic: RedisTopic, channel: String, payload: [UInt8]) {
        self.topic = topic
        self.channel = channel
        self.payload = payload
    }
}

extension RedisPublication {
    /// What a push on a connection for subscriptions turns out to be.
    enum Decoding: Equatable {
        case publication(RedisPublication)
        /// A message on a channel whose name is not UTF-8, so that no topic can mean it.
        case notText

        /// `nil` when the reply is no message but the answer to a request.
        init?(_ reply: RedisReply) {
            guard case .array(let elements) = reply, elements.count >= 3, case .bulk(let kind) = elements[0],
                case .bulk(let payload) = elements[elements.count - 1]
            else { return nil }
            if elements.count == 3, kind.elementsEqual("message".utf8) {
                guard let channel = elements[1].string else {
                    self = .notText
                    return
                }
                self = .publication(RedisPublication(topic: .channel(channel), channel: channel, payload: payload))
            } else if elements.count == 4, kind.elementsEqual("pmessage".utf8) {
                guard let pattern = elements[1].string, let channel = elements[2].string else {
                    self = .notText
                    return
                }
                self = .publication(RedisPublication(topic: .pattern(pattern), channel: channel, payload: payload))
            } else {
                return nil
            }
        }
    }
}
