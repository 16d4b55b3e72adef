import Testing

@testable import WebSocketServer

@Suite("Keep-alive wheel")
struct KeepAliveWheelTests {
    private final class Member {}

    @Test("in one round everyone is looked at once, spread evenly", arguments: [1, 2, 7, 20])
    func oneRound(seconds: Int) {
        let everyone = (0..<(seconds * 3)).map { _ in Member() }
        var wheel = KeepAliveWheel<Member>(seconds: seconds)
        for member in everyone { _ = wheel.insert(member) }
        var seen: [ObjectIdentifier] = []
        for _ in 0..<seconds {
            let turn = wheel.turn()
            #expect(turn.count == 3)
            seen += turn.map(ObjectIdentifier.init)
        }
        #expect(seen.count == everyone.count)
        #expect(Set(seen) == Set(everyone.map(ObjectIdentifier.init)))
    }

    @Test("from one look at a member to the next is one round")
    func period() {
        let member = Member()
        var wheel = KeepAliveWheel<Member>(seconds: 5)
        _ = wheel.insert(Member())
        _ = wheel.insert(member)
        let turns = (0..<15).filter { _ in wheel.turn().contains { $0 === member } }
        #expect(turns.count == 3)
        #expect(zip(turns, turns.dropFirst()).allSatisfy { $1 - $0 == 5 })
    }

    @Test("who was removed is not looked at again")
    func removal() {
        let (stays, goes) = (Member(), Member())
        var wheel = KeepAliveWheel<Member>(seconds: 2)
        _ = wheel.insert(stays)
        let slot = wheel.insert(goes)
        #expect(wheel.all.count == 2)
        wheel.remove(goes, slot: slot)
        wheel.remove(goes, slot: slot)
        #expect(wheel.all.count == 1)
        #expect((0..<4).flatMap { _ in wheel.turn() }.allSatisfy { $0 === stays })
    }

    @Test("less than a second is a second")
    func shortest() {
        let member = Member()
        var wheel = KeepAliveWheel<Member>(seconds: 0)
        _ = wheel.insert(member)
        #expect(wheel.turn().first === member)
        #expect(wheel.turn().first === member)
    }
}
