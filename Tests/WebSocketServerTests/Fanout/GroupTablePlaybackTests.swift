import ChannelLayers
import Consumers
import Messages
import MusterTesting
import Testing

@testable import WebSocketServer

@Suite("Group table: members that a history is played to")
struct GroupTablePlaybackTests {
    private struct Chat: Consumer {}

    private final class Member {}

    private static let kind = ConsumerKind { _ in Chat() }
    private let member = Member()

    private static func id(_ number: UInt64) -> MessageID { MessageID(milliseconds: number, sequence: 0) }

    private static func page(to end: UInt64, isLast: Bool = true) -> HistoryPage {
        HistoryPage(messages: [Message(type: "say")], hasGap: false, end: id(end), isLast: isLast)
    }

    private func members(_ table: GroupTable<Member>) -> Int {
        table.sections(of: "a").reduce(0) { $0 + $1.members.members.count }
    }

    @Test("they are none of those that a fan-out walks until a message comes that they have not read")
    func moves() {
        var table = GroupTable<Member>()
        table.play(member, kind: Self.kind, in: "a")
        #expect(members(table) == 0)
        #expect(table.hear(Self.id(3), kind: Self.kind, in: "a").isEmpty)
        #expect(table.hear(nil, kind: Self.kind, in: "a").count == 1)
        #expect(table.read(Self.page(to: 2), by: member, kind: Self.kind, in: "a") == .readOn(after: Self.id(2)))
        #expect(table.read(Self.page(to: 3), by: member, kind: Self.kind, in: "a") == .done)
        #expect(table.hear(Self.id(3), kind: Self.kind, in: "a").isEmpty)
        #expect(members(table) == 0)
        #expect(table.hear(Self.id(4), kind: Self.kind, in: "a").first === member)
        #expect(members(table) == 1)
        #expect(table.sections(of: "a").allSatisfy { $0.playing.isEmpty })
        #expect(table.read(Self.page(to: 5), by: member, kind: Self.kind, in: "a") == nil)
    }

    @Test("a member may be played the history again, and is walked past meanwhile")
    func again() {
        var table = GroupTable<Member>()
        table.insert(member, kind: Self.kind, into: "a")
        table.play(member, kind: Self.kind, in: "a")
        #expect(members(table) == 0)
        #expect(table.hear(Self.id(1), kind: Self.kind, in: "a").isEmpty)
    }

    @Test("one that leaves is forgotten, and so is its group")
    func leaves() {
        var table = GroupTable<Member>()
        table.play(member, kind: Self.kind, in: "a")
        table.remove(member, kind: Self.kind, from: "a")
        #expect(table.isEmpty)
        #expect(table.hear(nil, kind: Self.kind, in: "a").isEmpty)
        #expect(table.read(Self.page(to: 1), by: member, kind: Self.kind, in: "a") == nil)
        #expect(table.isEmpty)
    }

    @Test("after a gap those who have read all hear whatever comes; those who read go on reading")
    func gap() {
        let reader = Member()
        var table = GroupTable<Member>()
        for each in [member, reader] { table.play(each, kind: Self.kind, in: "a") }
        #expect(table.read(Self.page(to: 9), by: member, kind: Self.kind, in: "a") == .done)
        table.forgetEnds(in: "a")
        table.forgetEnds(in: "b")
        #expect(table.sections(of: "a").flatMap(\.members.members).allSatisfy { $0 === member })
        #expect(members(table) == 1)
        #expect(table.hear(Self.id(1), kind: Self.kind, in: "a").isEmpty)
        #expect(table.read(Self.page(to: 9), by: reader, kind: Self.kind, in: "a") == .done)
    }

    @Test("a member is walked or played to, never both, whatever happens", arguments: 0..<8 as Range<UInt64>)
    func oneOrTheOther(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let everyone = (0..<8).map { _ in Member() }
        var table = GroupTable<Member>()
        var joined: Set<ObjectIdentifier> = []
        for number in 1..<1000 as Range<UInt64> {
            let member = everyone[Int.random(in: 0..<everyone.count, using: &random)]
            switch Int.random(in: 0..<6, using: &random) {
            case 0 where !joined.contains(ObjectIdentifier(member)):
                table.insert(member, kind: Self.kind, into: "a")
                joined.insert(ObjectIdentifier(member))
            case 1:
                table.play(member, kind: Self.kind, in: "a")
                joined.insert(ObjectIdentifier(member))
            case 2:
                table.remove(member, kind: Self.kind, from: "a")
                joined.remove(ObjectIdentifier(member))
            case 3:
                _ = table.read(Self.page(to: number), by: member, kind: Self.kind, in: "a")
            case 4:
                table.forgetEnds(in: "a")
            default:
                _ = table.hear(Self.id(number), kind: Self.kind, in: "a")
            }
            let walked = table.sections(of: "a").flatMap(\.members.members).map(ObjectIdentifier.init)
            let played = table.sections(of: "a").flatMap(\.playing.keys)
            #expect(walked.count + played.count == joined.count)
            #expect(Set(walked + played) == joined)
        }
        for member in everyone { table.remove(member, kind: Self.kind, from: "a") }
        #expect(table.isEmpty)
    }
}
