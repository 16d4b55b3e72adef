import MusterTesting
import Testing

@testable import WebSocketServer

@Suite("Member list")
struct MemberListTests {
    private final class Member {}

    @Test("a member is in it once")
    func once() {
        let member = Member()
        var list = MemberList<Member>()
        #expect(list.isEmpty)
        #expect(list.insert(member) == true)
        #expect(list.insert(member) == false)
        #expect(list.members.count == 1)
        #expect(list.remove(member) == true)
        #expect(list.remove(member) == false)
        #expect(list.isEmpty)
    }

    @Test("agrees with a set, whatever the order of additions and removals", arguments: 0..<8 as Range<UInt64>)
    func agreesWithSet(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let everyone = (0..<40).map { _ in Member() }
        var list = MemberList<Member>()
        var model: Set<ObjectIdentifier> = []
        for _ in 0..<2000 {
            let member = everyone[Int.random(in: 0..<everyone.count, using: &random)]
            if Bool.random(using: &random) {
                #expect(list.insert(member) == model.insert(ObjectIdentifier(member)).inserted)
            } else {
                #expect(list.remove(member) == (model.remove(ObjectIdentifier(member)) != nil))
            }
            #expect(list.members.count == model.count)
            #expect(Set(list.members.map(ObjectIdentifier.init)) == model)
        }
    }
}
