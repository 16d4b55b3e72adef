extension SubscriptionStateMachine {
    /// Gathers topics into commands: of one verb and one kind each, and not too many in one.
    struct Batches {
        let epoch: Int
        private var subscribe = Kinds()
        private var unsubscribe = Kinds()
        private var single: [SubscriptionCommand] = []

        private struct Kinds {
            var channels: [RedisTopic] = []
            var patterns: [RedisTopic] = []

            mutating func add(_ topic: RedisTopic) {
                switch topic {
                case .channel: channels.append(topic)
                case .pattern: patterns.append(topic)
                }
            }
        }

        init(epoch: Int) {
            self.epoch = epoch
        }

        mutating func add(_ topic: RedisTopic, _ verb: SubscriptionCommand.Verb, alone: Bool) {
            switch (alone, verb) {
            case (true, _): single.append(SubscriptionCommand(verb: verb, topics: [topic], epoch: epoch))
            case (false, .subscribe): subscribe.add(topic)
            case (false, .unsubscribe): unsubscribe.add(topic)
            }
        }

        var commands: [SubscriptionCommand] {
            chunks(.subscribe, subscribe.channels) + chunks(.subscribe, subscribe.patterns)
                + chunks(.unsubscribe, unsubscribe.channels) + chunks(.unsubscribe, unsubscribe.patterns)
                + single
        }

        private func chunks(_ verb: SubscriptionCommand.Verb, _ topics: [RedisTopic]) -> [SubscriptionCommand] {
            stride(from: 0, to: topics.count, by: topicsPerCommand).map { start in
                let end = min(start + topicsPerCommand, topics.count)
                return SubscriptionCommand(verb: verb, topics: Array(topics[start..<end]), epoch: epoch)
            }
        }
    }
}
