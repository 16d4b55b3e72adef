import ChannelLayers
import Testing

@testable import RedisBackends

/// Subscriptions that come late, fail or are lost.
extension MembershipTableTests {
    @Test("A relay that is back confirms what it had, not what is still being subscribed to")
    mutating func relayRestoredDoesNotConfirmNewGroups() {
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        #expect(table.takeUnsubscribed() == ["g"])
        table.relayRestored()
        #expect(take().text == [])
        table.relayConfirmed(["g"])
        #expect(write() == ["a"])
    }

    @Test("A denied relay is told to those who wait, and asked for again with the next join")
    mutating func relayDenied() {
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        #expect(table.takeUnsubscribed() == ["g"])
        #expect(table.relayDenied("g") == ["a"])
        #expect(table.takeUnsubscribed() == [])
        _ = table.join(b, to: "g", now: 0, waiter: "b")
        #expect(table.takeUnsubscribed() == ["g"])
    }

    @Test("A subscription that is confirmed after the relay went down counts when the relay is back")
    mutating func confirmedTooLate() {
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        let wanted = table.takeUnsubscribed()
        table.relayLost()
        table.relayConfirmed(wanted)
        #expect(take().text == [])
        table.relayRestored()
        #expect(take().text == ["g +1"])
    }

    @Test("While the relay is down nothing is acknowledged, not even to those who are in")
    mutating func relayDown() {
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        subscribe()
        let (batch, _) = take()
        table.relayLost()
        #expect(settle(batch, .written).acknowledged == [])
        #expect(table.join(a, to: "g", now: 0, waiter: "again") == false)
        #expect(table.join(b, to: "g", now: 0, waiter: "b") == false)
        #expect(take().text == [])
        #expect(table.takeUnsubscribed() == [])
        table.relayRestored()
        #expect(write().sorted() == ["a", "again", "b"])
    }

    @Test("A second join of a member, asked for while the relay was down, is acknowledged when it is back")
    mutating func secondJoinWhileRelayDown() {
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        subscribe()
        #expect(write() == ["a"])
        table.relayLost()
        #expect(table.join(a, to: "g", now: 0, waiter: "again") == false)
        table.relayRestored()
        #expect(write() == ["again"])
    }

    @Test("A subscription that could not be made is asked for again, if it is still wanted")
    mutating func relayRefused() {
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        _ = table.join(b, to: "h", now: 0, waiter: "b")
        #expect(Set(table.takeUnsubscribed()) == ["g", "h"])
        _ = table.leave(b, from: "h")
        table.relayFailed(["g", "h"])
        #expect(table.takeUnsubscribed() == ["g"])
        table.relayConfirmed(["g"])
        #expect(write() == ["a"])
    }

    @Test("A group that came and went before Redis or the relay heard of it is forgotten, any other is not")
    mutating func untold() {
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        _ = table.join(b, to: "g", now: 0, waiter: "b")
        #expect(table.leave(a, from: "g") == ["a"])
        #expect(table.isKnown("g"))
        #expect(table.leave(b, from: "g") == ["b"])
        #expect(!table.isKnown("g") && table.isSettled)
        #expect(table.takeUnsubscribed() == [] && table.takeReleased() == [])
        // The relay may be subscribed to by now: it has to be let go.
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        subscribe()
        _ = table.leave(a, from: "g")
        #expect(table.isKnown("g"))
        write()
        #expect(table.takeReleased() == ["g"])
        // Wanted again before it was let go, and then not.
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        subscribe()
        write()
        _ = table.leave(a, from: "g")
        write()
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        _ = table.leave(a, from: "g")
        write()
        #expect(table.takeReleased() == ["g"])
        // Somebody remembers that it was denied.
        _ = table.join(a, to: "g", now: 0, waiter: "a")
        _ = table.takeUnsubscribed()
        _ = table.relayDenied("g")
        _ = table.leave(a, from: "g")
        write()
        #expect(table.takeReleased() == ["g"])
    }
}
