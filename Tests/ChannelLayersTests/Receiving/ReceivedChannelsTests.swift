import Messages
import MusterTesting
import Testing

@testable import ChannelLayers

struct ReceivedChannelsTests {
    private static let start = ContinuousClock.now
    private var channels = ReceivedChannels<Int>(expiry: .seconds(60), limit: 3)

    @Test("Messages are taken in the order in which they came, each once")
    mutating func order() throws {
        for number in 1...3 { #expect(try arrive(number) == .kept(expired: 0, overflowed: 0)) }
        #expect(try [take(), take(), take(), take()] == [1, 2, 3, nil])
    }

    @Test("A channel holds the newest messages up to its capacity")
    mutating func capacity() throws {
        #expect(try arrive(1, capacity: 2) == .kept(expired: 0, overflowed: 0))
        #expect(try !isFull(capacity: 2))
        #expect(try arrive(2, capacity: 2) == .kept(expired: 0, overflowed: 0))
        #expect(try isFull(capacity: 2))
        #expect(try arrive(3, capacity: 2) == .kept(expired: 0, overflowed: 1))
        #expect(try [take(), take(), take()] == [2, 3, nil])
    }

    @Test("A capacity that has become smaller drops all that is too much")
    mutating func smallerCapacity() throws {
        for number in 1...5 { _ = try arrive(number) }
        #expect(try arrive(6, capacity: 2) == .kept(expired: 0, overflowed: 4))
        #expect(try [take(), take(), take()] == [5, 6, nil])
    }

    @Test("A message is there until its expiry, and not a moment longer")
    mutating func expiry() throws {
        _ = try arrive(1, at: .zero)
        _ = try arrive(2, at: .seconds(1))
        _ = try arrive(3, at: .seconds(60))
        #expect(try arrive(4, at: .seconds(60) + .nanoseconds(1)) == .kept(expired: 1, overflowed: 0))
        #expect(try isFull(capacity: 3, at: .seconds(61)))
        #expect(try !isFull(capacity: 3, at: .seconds(61) + .nanoseconds(1)))
        let taken = channels.take(try name(0), 1, 1, now: Self.start + .seconds(62))
        #expect(taken.message?.number == 3 && taken.expired == 1)
    }

    @Test("What has expired does not count against the capacity, and is counted as expired")
    mutating func expiredIsNoOverflow() throws {
        for number in 1...2 { _ = try arrive(number, capacity: 2) }
        #expect(try arrive(3, capacity: 2, at: .seconds(61)) == .kept(expired: 2, overflowed: 0))
        #expect(try take(at: .seconds(61)) == 3)
    }

    @Test("Messages wait on so many channels and no more, until one is empty or its messages have expired")
    mutating func limit() throws {
        for channel in 0..<3 { _ = try arrive(channel, on: channel, at: .seconds(channel)) }
        #expect(try arrive(3, on: 3, at: .seconds(3)) == .refused(expired: 0))
        #expect(try arrive(4, on: 0, at: .seconds(3)) == .kept(expired: 0, overflowed: 0))
        #expect(try take(on: 2, at: .seconds(4)) == 2)
        #expect(try arrive(5, on: 3, at: .seconds(4)) == .kept(expired: 0, overflowed: 0))
        #expect(try arrive(6, on: 2, at: .seconds(60)) == .refused(expired: 0))
        // The first message has expired by now, but its channel has another.
        #expect(try arrive(6, on: 2, at: .milliseconds(60_500)) == .refused(expired: 1))
        // Too soon to look again, although another one expires meanwhile.
        #expect(try arrive(6, on: 2, at: .milliseconds(61_400)) == .refused(expired: 0))
        #expect(try arrive(7, on: 2, at: .milliseconds(61_501)) == .kept(expired: 1, overflowed: 0))
        #expect(try take(on: 1, at: .seconds(62)) == nil)
    }

    @Test("Who waits takes no room from messages on other channels")
    mutating func waitersAreNotLimited() throws {
        for channel in 10..<20 { #expect(try take(on: channel) == nil) }
        #expect(try arrive(1, on: 0) == .kept(expired: 0, overflowed: 0))
        #expect(channels.count == 11)
    }

    @Test("Who waits is served in the order of asking; who gave up is passed over")
    mutating func waiters() throws {
        for id in 1...4 { #expect(try take(id: id) == nil) }
        #expect(channels.cancel(try name(0), 2) == 2)
        #expect(channels.cancel(try name(0), 2) == nil)
        #expect(channels.cancel(try name(1), 3) == nil)
        #expect(try arrive(1) == .handOver(1))
        #expect(try arrive(2) == .handOver(3))
        #expect(channels.cancel(try name(0), 3) == nil)
        #expect(try arrive(3) == .handOver(4))
        #expect(try arrive(4) == .kept(expired: 0, overflowed: 0))
        #expect(try take(id: 5) == 4)
        #expect(channels.count == 0)
    }

    @Test("Who waits on a full house is served all the same")
    mutating func waiterBeyondLimit() throws {
        #expect(try take(on: 5) == nil)
        for channel in 0..<3 { _ = try arrive(channel, on: channel) }
        #expect(try arrive(1, on: 5) == .handOver(0))
        #expect(try arrive(2, on: 5) == .refused(expired: 0))
    }

    @Test("A message that is put back goes to whoever waits, or is the next one again")
    mutating func putBack() throws {
        for number in 1...2 { _ = try arrive(number) }
        #expect(try take() == 1)
        #expect(channels.putBack(.test(1), on: try name(0), now: Self.start) == nil)
        #expect(try [take(), take()] == [1, 2])
        #expect(try take(id: 7) == nil)
        #expect(channels.putBack(.test(2), on: try name(0), now: Self.start) == 7)
        #expect(channels.count == 0)
    }

    @Test("Messages go and waiters stay, or the other way round")
    mutating func removal() throws {
        _ = try arrive(1, on: 0)
        for id in 1...2 { _ = try take(on: 1, id: id) }
        channels.removeMessages()
        #expect(try take(on: 0, id: 3) == nil)
        #expect(channels.removeWaiters().sorted() == [1, 2, 3])
        #expect(channels.count == 0)
        _ = try arrive(4, on: 1)
        #expect(channels.removeWaiters().isEmpty)
        #expect(try take(on: 1) == 4)
    }

    @Test("A channel is a member of a group once, from joining to leaving")
    mutating func groups() throws {
        let (first, second) = (try name(1), try name(2))
        for _ in 0..<2 { channels.join(first, to: "g") }
        channels.join(second, to: "g")
        channels.join(second, to: "h")
        #expect(channels.members(of: "g") == [first, second])
        channels.leave(second, from: "g")
        channels.leave(second, from: "nobody")
        #expect(channels.members(of: "g") == [first] && channels.members(of: "h") == [second])
        channels.leave(first, from: "g")
        #expect(channels.members(of: "g").isEmpty)
    }

    // MARK: - One step each

    private func name(_ number: Int) throws -> ChannelName {
        ChannelName(front: "specific.test", received: UInt64(number))
    }

    private mutating func arrive(
        _ number: Int,
        on channel: Int = 0,
        capacity: Int = 100,
        at time: Duration = .zero
    ) throws -> Outcome {
        let message = Message(type: "test", ["number": .integer(Int64(number))])
        return Outcome(channels.arrive(message, for: try name(channel), capacity: capacity, now: Self.start + time))
    }

    private mutating func take(on channel: Int = 0, id: Int = 0, at time: Duration = .zero) throws -> Int? {
        channels.take(try name(channel), UInt64(id), id, now: Self.start + time).message?.number
    }

    private mutating func isFull(capacity: Int, at time: Duration = .zero) throws -> Bool {
        channels.isFull(try name(0), capacity: capacity, now: Self.start + time)
    }
}

/// What became of a message, to be compared.
enum Outcome: Equatable {
    case handOver(Int)
    case kept(expired: Int, overflowed: Int)
    case refused(expired: Int)

    init(_ arrival: ReceivedChannels<Int>.Arrival) {
        switch arrival {
        case .handOver(let waiter): self = .handOver(waiter)
        case .kept(let expired, let overflowed): self = .kept(expired: expired, overflowed: overflowed)
        case .refused(let expired): self = .refused(expired: expired)
        }
    }
}

extension Message {
    var number: Int? { self["number"]?.integerValue.map(Int.init) }
}
