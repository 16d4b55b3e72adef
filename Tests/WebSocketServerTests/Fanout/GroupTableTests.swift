import ChannelLayers
import Consumers
import MusterTesting
import Testing

@testable import WebSocketServer

@Suite("Group table")
struct GroupTableTests {
    private struct Chat: Consumer {}
    private struct Counter: Consumer {}

    private final class Member {
        let kind: ConsumerKind

        init(_ kind: ConsumerKind) {
            self.kind = kind
        }
    }

    private static let chat = ConsumerKind { _ in Chat() }
    private static let counter = ConsumerKind { _ in Counter() }

    @Test("members that share a consumer type share a section, whichever route they came by")
    func sections() {
        let sameType = ConsumerKind { _ in Chat() }
        var table = GroupTable<Member>()
        table.insert(Member(Self.chat), kind: Self.chat, into: "a")
        table.insert(Member(sameType), kind: sameType, into: "a")
        table.insert(Member(Self.counter), kind: Self.counter, into: "a")
        #expect(table.sections(of: "a").map(\.members.members.count) == [2, 1])
        #expect(table.sections(of: "b").isEmpty)
    }

    @Test("a group that everyone has left is forgotten")
    func forgets() {
        let member = Member(Self.chat)
        var table = GroupTable<Member>()
        table.insert(member, kind: Self.chat, into: "a")
        table.remove(member, kind: Self.counter, from: "a")
        table.remove(member, kind: Self.chat, from: "b")
        #expect(!table.isEmpty)
        table.remove(member, kind: Self.chat, from: "a")
        #expect(table.isEmpty)
    }

    @Test("agrees with a dictionary of sets", arguments: 0..<8 as Range<UInt64>)
    func agreesWithDictionary(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let everyone = (0..<30).map { Member($0 % 3 == 0 ? Self.counter : Self.chat) }
        let groups: [GroupName] = ["a", "b", "c", "d"]
        var table = GroupTable<Member>()
        var model: [GroupName: Set<ObjectIdentifier>] = [:]
        for _ in 0..<2000 {
            let member = everyone[Int.random(in: 0..<everyone.count, using: &random)]
            let group = groups[Int.random(in: 0..<groups.count, using: &random)]
            if Bool.random(using: &random) {
                table.insert(member, kind: member.kind, into: group)
                model[group, default: []].insert(ObjectIdentifier(member))
            } else {
                table.remove(member, kind: member.kind, from: group)
                model[group]?.remove(ObjectIdentifier(member))
            }
            let sections = table.sections(of: group)
            let members = sections.flatMap(\.members.members)
            #expect(members.count == model[group]?.count ?? 0)
            #expect(Set(members.map(ObjectIdentifier.init)) == model[group] ?? [])
            #expect(
                sections.allSatisfy { section in section.members.members.allSatisfy { $0.kind.id == section.kind.id } }
            )
            #expect(sections.allSatisfy { !$0.members.isEmpty })
        }
        for group in groups {
            for member in everyone { table.remove(member, kind: member.kind, from: group) }
        }
        #expect(table.isEmpty)
    }
}
