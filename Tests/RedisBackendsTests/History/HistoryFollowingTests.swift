import ChannelLayers
import Messages
import Testing

@testable import RedisBackends

struct HistoryFollowingTests {
    private func id(_ number: Int) -> MessageID { MessageID(milliseconds: UInt64(number), sequence: 0) }

    private func page(_ numbers: ClosedRange<Int>, isLast: Bool) -> HistoryPage {
        let messages = numbers.map { Message(type: "t", [Message.idField: .string(id($0).description)]) }
        return HistoryPage(messages: messages, hasGap: false, end: id(numbers.upperBound), isLast: isLast)
    }

    @Test("Groups that were heard or read catch up after a break; of the others nobody can say what they missed")
    func restored() {
        var following = HistoryFollowing()
        #expect(following.heard(id(7), in: "heard") == .deliver)
        following.read("heard", upTo: id(9))
        following.read("read", upTo: id(3))
        following.read("read", upTo: id(5))
        #expect(following.heard(id(1), in: "left") == .deliver)
        following.forget("left")
        #expect(following.heard(nil, in: "other") == .deliver)
        #expect(following.restored(["heard", "read", "left", "other"]) == ["left", "other"])
        #expect(Set(following.takeTurns(limit: 1).map(\.group)).count == 1)
        #expect(following.takeTurns(limit: 5).count == 1)
        #expect(following.takeTurns(limit: 5).isEmpty)
        #expect(following.restored(["heard", "read"]).isEmpty)
        let starts = Dictionary(uniqueKeysWithValues: following.takeTurns(limit: 5).map { ($0.group, $0.start) })
        #expect(starts == ["heard": id(7), "read": id(3)])
    }

    @Test("What is heard while a group catches up comes after what it reads")
    func order() throws {
        var following = HistoryFollowing()
        _ = following.heard(id(1), in: "g")
        _ = following.restored(["g"])
        let turns = following.takeTurns(limit: 1)
        let turn = try #require(turns.first)
        #expect(following.heard(id(5), in: "g") == .letGo)
        #expect(following.heard(nil, in: "g") == .deliver)
        #expect(following.heard(id(5), in: "other") == .deliver)
        #expect(following.take(page(2...3, isLast: false), in: turn) == true)
        let next = HistoryFollowing.Turn(group: "g", start: id(3), round: turn.round)
        #expect(following.handedOver(page(2...3, isLast: false), in: turn) == .readOn(next))
        #expect(following.take(page(4...6, isLast: true), in: next) == true)
        #expect(following.handedOver(page(4...6, isLast: true), in: next) == .done)
        #expect(following.heard(id(6), in: "g") == .letGo)
        #expect(following.heard(id(7), in: "g") == .deliver)
        _ = following.restored(["g"])
        #expect(following.takeTurns(limit: 1).first?.start == id(7))
    }

    @Test("From the loss on, what is heard is let go where it can be read, and says nothing where it cannot")
    func lost() {
        var following = HistoryFollowing()
        _ = following.heard(id(1), in: "g")
        following.lost()
        #expect(following.takeTurns(limit: 1).isEmpty)
        // Subscribed to again before the others are.
        #expect(following.heard(id(5), in: "g") == .letGo)
        #expect(following.heard(id(5), in: "new") == .deliver)
        following.read("new", upTo: id(6))
        #expect(following.restored(["g", "new"]) == ["new"])
        #expect(following.takeTurns(limit: 2).map(\.start) == [id(1)])
    }

    @Test("A loss ends what goes on about the one before; a group that is not subscribed to any more hears what comes")
    func lostAgain() throws {
        var following = HistoryFollowing()
        for group: GroupName in ["g", "denied"] { _ = following.heard(id(1), in: group) }
        following.lost()
        _ = following.restored(["g"])
        #expect(following.heard(id(9), in: "denied") == .deliver)
        let turns = following.takeTurns(limit: 1)
        let turn = try #require(turns.first)
        following.lost()
        #expect(following.take(page(2...3, isLast: true), in: turn) == false)
        _ = following.restored(["g"])
        #expect(following.takeTurns(limit: 1).map(\.start) == [id(1)])
    }

    @Test("What a silent relay missed is read, unless something was heard since it was last proven to be heard")
    func missed() {
        var following = HistoryFollowing()
        for group: GroupName in ["quiet", "busy"] { _ = following.heard(id(1), in: group) }
        following.proven()
        _ = following.heard(id(3), in: "busy")
        #expect(following.missed(["quiet", "busy", "other"]) == ["busy", "other"])
        #expect(following.takeTurns(limit: 5).map(\.start) == [id(1)])
        #expect(following.heard(id(2), in: "quiet") == .letGo)
        #expect(following.heard(id(4), in: "busy") == .deliver)
        // One that is reading begins anew.
        #expect(following.missed(["quiet", "busy"]) == ["busy"])
        #expect(following.takeTurns(limit: 5).map(\.group) == ["quiet"])
    }

    @Test("A group that a later miss does not concern reads no more, and hears what comes")
    func missedWithout() {
        var following = HistoryFollowing()
        for group: GroupName in ["a", "b"] { _ = following.heard(id(1), in: group) }
        following.proven()
        #expect(following.missed(["a", "b"]).isEmpty)
        #expect(following.missed(["a"]).isEmpty)
        #expect(following.takeTurns(limit: 5).map(\.group) == ["a"])
        #expect(following.heard(id(2), in: "a") == .letGo)
        #expect(following.heard(id(2), in: "b") == .deliver)
    }

    @Test("Of a group that everybody left nothing is noted any more; until it is forgotten, what was noted goes on")
    func withoutMembers() {
        var following = HistoryFollowing()
        _ = following.heard(id(1), in: "g")
        #expect(following.heard(id(2), in: "g", hasMembers: false) == .deliver)
        #expect(following.restored(["g"]).isEmpty)
        #expect(following.takeTurns(limit: 1).map(\.start) == [id(2)])
        following.forget("g")
        #expect(following.heard(id(3), in: "g", hasMembers: false) == .deliver)
        #expect(following.restored(["g"]) == ["g"])
    }

    @Test("An id that is smaller than those before does not take the position back; an emptied history does")
    func back() throws {
        var following = HistoryFollowing()
        _ = following.heard(id(5), in: "g")
        #expect(following.heard(id(2), in: "g") == .deliver)
        _ = following.restored(["g"])
        let turns = following.takeTurns(limit: 1)
        let turn = try #require(turns.first)
        #expect(turn.start == id(5))
        #expect(following.take(page(2...3, isLast: true), in: turn) == true)
        _ = following.restored(["g"])
        #expect(following.takeTurns(limit: 1).map(\.start) == [id(3)])
    }

    @Test("A second break begins where the first was, after what was handed over; the first one's pages count no more")
    func secondBreak() throws {
        var following = HistoryFollowing()
        _ = following.heard(id(1), in: "g")
        _ = following.restored(["g"])
        let turns = following.takeTurns(limit: 1)
        let turn = try #require(turns.first)
        #expect(following.take(page(2...3, isLast: false), in: turn) == true)
        _ = following.restored(["g"])
        #expect(following.handedOver(page(2...3, isLast: false), in: turn) == .over)
        #expect(following.take(page(4...6, isLast: true), in: turn) == false)
        #expect(following.giveUp(turn) == false)
        #expect(following.takeTurns(limit: 1).first?.start == id(3))
    }

    @Test("A group that gives up, or that everybody left, hears what comes")
    func over() throws {
        var following = HistoryFollowing()
        for group: GroupName in ["a", "b", "c"] { _ = following.heard(id(1), in: group) }
        _ = following.restored(["a", "b", "c"])
        following.forget("c")
        let turns = following.takeTurns(limit: 5)
        #expect(Set(turns.map(\.group)) == ["a", "b"])
        let a = try #require(turns.first { $0.group == "a" })
        #expect(following.giveUp(a) == true)
        #expect(following.giveUp(a) == false)
        #expect(following.heard(id(2), in: "a") == .deliver)
        let b = try #require(turns.first { $0.group == "b" })
        following.forget("b")
        #expect(following.take(page(2...3, isLast: true), in: b) == false)
        #expect(following.heard(id(2), in: "b") == .deliver)
    }
}
