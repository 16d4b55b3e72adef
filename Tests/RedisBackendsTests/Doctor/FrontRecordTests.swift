import ChannelLayers
import RedisBackends
import Testing

@Suite("What is known of a front")
struct FrontRecordTests {
    private func record(_ fields: [FrontField: String], listed: Double? = nil) -> FrontRecord {
        FrontRecord(
            FrontName("a"),
            on: 0,
            listedUntil: listed,
            fields: Dictionary(uniqueKeysWithValues: fields.map { ($0.key.rawValue, $0.value) })
        )
    }

    @Test("Its own hash decides how it stands, not the list of leases")
    func standing() {
        #expect(record([.until: "100.5"]).standing(at: 100) == .live(remaining: 0.5))
        #expect(record([.until: "100.5"], listed: 50).standing(at: 100.5) == .live(remaining: 0))
        #expect(record([.until: "100"], listed: 900).standing(at: 104) == .lapsed(ago: 4))
        #expect(record([:], listed: 900).standing(at: 104) == .withoutLease)
        #expect(record([.until: "soon"]).standing(at: 104) == .withoutLease)
    }

    @Test("What is a number to Redis, but no time, is none")
    func noTimes() {
        for text in ["inf", "-inf", "nan", "1e999"] {
            let record = record([.until: text, .since: text, .reaper: "b", .reaperUntil: text], listed: .infinity)
            #expect(record.until == nil && record.since == nil && record.reaperUntil == nil)
            // It is on the list all the same.
            #expect(record.listedUntil == 0)
            #expect(record.standing(at: 100) == .withoutLease)
        }
    }

    @Test("A claim holds until it lapses; what has been cleared up stays so")
    func clearing() {
        let claimed: [FrontField: String] = [.until: "100", .reaper: "b", .reaperUntil: "110"]
        #expect(record(claimed).standing(at: 105) == .beingClearedUp(by: FrontName("b")))
        #expect(record(claimed).standing(at: 111) == .lapsed(ago: 11))
        #expect(record([.reaped: "1"]).standing(at: 105) == .clearedUp)
    }

    @Test("A front whose lease is good on any host is live, and none of it may be taken away")
    func liveAnywhere() {
        let name = FrontName("a")
        var register = FrontRegister()
        register.add([FrontRecord(name, on: 0, listedUntil: 90, fields: ["until": "90"])], at: 100)
        #expect(register.live.isEmpty)
        #expect(register.dead == [name])
        register.add([FrontRecord(name, on: 1, listedUntil: 190, fields: ["until": "190"])], at: 101)
        #expect(register.live == [name])
        #expect(register.dead.isEmpty)
    }
}
