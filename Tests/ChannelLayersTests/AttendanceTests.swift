import ChannelLayers
import MusterTesting
import Testing

struct AttendanceTests {
    private let start = ContinuousClock.now
    private let presence = PresenceMessage()
    private func person(_ name: String) throws -> Person { Person(try UserName(name), presence: presence) }
    private func channel(_ serial: UInt64) -> ChannelName { ChannelName(front: "specific.f", serial: serial) }

    @Test("A person is there from the first channel until the grace period after the last one is over")
    func stay() throws {
        var attendance = Attendance(grace: .seconds(5))
        let bob = try person("bob")
        let key = Attendance.Key(group: "g", user: bob.user)
        #expect(attendance.join(channel(1), to: "g", as: bob, now: start) == key)
        #expect(attendance.join(channel(2), to: "g", as: bob, now: start) == nil)
        #expect(attendance.join(channel(2), to: "g", as: bob, now: start) == nil)
        attendance.leave(channel(1), from: "g", now: start)
        #expect(attendance.nextDeparture == nil)
        attendance.leave(channel(2), from: "g", now: start + .seconds(1))
        attendance.leave(channel(2), from: "g", now: start + .seconds(2))
        #expect(attendance.nextDeparture == start + .seconds(6))
        #expect(attendance.takeDeparted(now: start + .seconds(5.9)).isEmpty)
        #expect(attendance.count(of: "g") == 1)
        let departed = attendance.takeDeparted(now: start + .seconds(6))
        #expect(departed.map(\.key) == [key] && departed.map(\.presence) == [presence])
        #expect(attendance.isEmpty && attendance.nextDeparture == nil && attendance.count(of: "g") == 0)
    }

    @Test("A channel that joins again as somebody else, or as nobody, leaves as who it was")
    func anotherPerson() throws {
        var attendance = Attendance(grace: .zero)
        _ = attendance.join(channel(1), to: "g", as: try person("bob"), now: start)
        #expect(attendance.join(channel(1), to: "g", as: try person("ann"), now: start)?.user.rawValue == "ann")
        #expect(attendance.takeDeparted(now: start).map(\.key.user.rawValue) == ["bob"])
        #expect(attendance.join(channel(1), to: "g", as: nil, now: start) == nil)
        #expect(attendance.takeDeparted(now: start).map(\.key.user.rawValue) == ["ann"])
        #expect(attendance.isEmpty)
    }

    @Test("A random crowd: whoever is there, and who is told to have left, is as in a plain model", arguments: 0..<100)
    func model(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var attendance = Attendance(grace: .seconds(5))
        var model: [UserName: (channels: Set<UInt64>, end: ContinuousClock.Instant?)] = [:]
        let people = try (0..<4).map { try person("user \($0)") }
        var now = start
        for _ in 0..<2000 {
            now += .milliseconds(Int.random(in: 0..<700, using: &random))
            let gone = model.filter { $0.value.end.map { $0 <= now } ?? false }.keys
            for user in gone { model[user] = nil }
            #expect(Set(attendance.takeDeparted(now: now).map(\.key.user)) == Set(gone))
            let index = Int.random(in: 0..<4, using: &random)
            let user = people[index].user
            // Each channel is always the same person's.
            let serial = UInt64(index * 3 + Int.random(in: 0..<3, using: &random))
            if Bool.random(using: &random) {
                let isNew = attendance.join(channel(serial), to: "g", as: people[index], now: now) != nil
                #expect(isNew == (model[user] == nil))
                model[user, default: ([], nil)].channels.insert(serial)
                model[user]?.end = nil
            } else {
                attendance.leave(channel(serial), from: "g", now: now)
                if model[user]?.channels.remove(serial) != nil, model[user]?.channels.isEmpty == true {
                    model[user]?.end = now + .seconds(5)
                }
            }
            #expect(attendance.count(of: "g") == model.count)
            #expect(attendance.waiting <= 2 * model.count + 64, "what has come back must not pile up")
        }
    }

    @Test("Somebody who comes and goes all the time costs no memory")
    func flapping() throws {
        var attendance = Attendance(grace: .seconds(3600))
        let bob = try person("bob")
        for _ in 0..<10_000 {
            _ = attendance.join(channel(1), to: "g", as: bob, now: start)
            attendance.leave(channel(1), from: "g", now: start)
        }
        #expect(attendance.waiting < 100)
        #expect(attendance.takeDeparted(now: start + .seconds(3600)).count == 1)
    }
}
