import Messages
import MusterTesting
import Testing

@testable import ChannelLayers

/// Random operations, and a model of what they should do that is too simple to be wrong.
struct ReceivedChannelsPropertyTests {
    /// Everything that waits in one list each, in the order of arrival.
    private struct Model {
        let expiry = Duration.seconds(10)
        let limit = 3
        var messages: [(channel: Int, number: Int, arrived: Duration)] = []
        var waiters: [(channel: Int, id: Int)] = []

        private mutating func expire(_ now: Duration, where isMeant: (Int) -> Bool) -> Int {
            let before = messages.count
            messages.removeAll { isMeant($0.channel) && $0.arrived + expiry < now }
            return before - messages.count
        }

        mutating func arrive(_ number: Int, on channel: Int, capacity: Int, at now: Duration) -> Outcome {
            if let index = waiters.firstIndex(where: { $0.channel == channel }) {
                return .handOver(waiters.remove(at: index).id)
            }
            let channels = { (model: Model) in Set(model.messages.map(\.channel)) }
            var expired = 0
            if !channels(self).contains(channel), channels(self).count >= limit {
                expired = expire(now) { _ in true }
                if channels(self).count >= limit { return .refused(expired: expired) }
            }
            expired += expire(now) { $0 == channel }
            var overflowed = 0
            while messages.count(where: { $0.channel == channel }) >= capacity,
                let oldest = messages.firstIndex(where: { $0.channel == channel })
            {
                messages.remove(at: oldest)
                overflowed += 1
            }
            messages.append((channel, number, now))
            return .kept(expired: expired, overflowed: overflowed)
        }

        mutating func take(_ channel: Int, id: Int, at now: Duration) -> Taken {
            let expired = expire(now) { $0 == channel }
            guard let index = messages.firstIndex(where: { $0.channel == channel }) else {
                waiters.append((channel, id))
                return Taken(number: nil, expired: expired)
            }
            return Taken(number: messages.remove(at: index).number, expired: expired)
        }

        mutating func cancel(_ channel: Int, id: Int) -> Int? {
            waiters.firstIndex { $0 == (channel, id) }.map { waiters.remove(at: $0).id }
        }

        func isFull(_ channel: Int, capacity: Int, at now: Duration) -> Bool {
            messages.count { $0.channel == channel && $0.arrived + expiry >= now } >= capacity
        }

        /// Channels that hold something, whether or not it has expired unnoticed.
        var count: Int { Set(messages.map(\.channel)).count + Set(waiters.map(\.channel)).count }
    }

    private struct Taken: Equatable {
        let number: Int?
        let expired: Int
    }

    @Test("Whatever happens in whatever order, the channels are what the model is", arguments: 0..<UInt64(40))
    func asModel(_ seed: UInt64) {
        var (random, model) = (SeededGenerator(seed: seed), Model())
        var channels = ReceivedChannels<Int>(expiry: model.expiry, limit: model.limit, sweepPause: .zero)
        let start = ContinuousClock.now
        var now = Duration.zero
        for step in 0..<1000 {
            now += .seconds(Int.random(in: 0...1, using: &random))
            let channel = Int.random(in: 0..<5, using: &random)
            let name = ChannelName(front: "specific.test", received: UInt64(channel))
            let capacity = Int.random(in: 2...4, using: &random)
            let isSame: Bool
            switch Int.random(in: 0..<100, using: &random) {
            case 0:
                channels.removeMessages()
                model.messages.removeAll()
                isSame = true
            case 1:
                isSame = channels.removeWaiters().sorted() == model.waiters.map(\.id).sorted()
                model.waiters.removeAll()
            case 2..<15:
                let id = Int.random(in: max(0, step - 30)...step, using: &random)
                isSame = channels.cancel(name, UInt64(id)) == model.cancel(channel, id: id)
            case 15..<50:
                let taken = channels.take(name, UInt64(step), step, now: start + now)
                let seen = Taken(number: taken.message?.number, expired: taken.expired)
                isSame = seen == model.take(channel, id: step, at: now)
            case 50..<60:
                isSame =
                    channels.isFull(name, capacity: capacity, now: start + now)
                    == model.isFull(channel, capacity: capacity, at: now)
            default:
                let message = Message(type: "test", ["number": .integer(Int64(step))])
                let outcome = Outcome(channels.arrive(message, for: name, capacity: capacity, now: start + now))
                isSame = outcome == model.arrive(step, on: channel, capacity: capacity, at: now)
            }
            guard isSame, channels.count == model.count else {
                Issue.record("seed \(seed) differs at step \(step)")
                return
            }
        }
    }
}
