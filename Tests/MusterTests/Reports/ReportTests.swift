import ChannelLayers
import Foundation
import RedisBackends
import Testing

@testable import Muster

@Suite("What doctor and fronts print")
struct ReportTests {
    private let dead = FrontName("0123456789abcdef0123456789abcdef")
    private let live = FrontName("fedcba9876543210fedcba9876543210")

    private func checkup() -> Checkup {
        var tally = GroupTally("users", on: 0, began: 1000)
        for number in 0..<2 { tally.add("\(dead.channelPrefix)!\(number)", score: 10_000_000_900, keys: RedisKeys()) }
        tally.add("\(live.channelPrefix)!1", score: 10_000_000_900, keys: RedisKeys())
        tally.add("specific.x!1", score: 900, keys: RedisKeys())
        tally.count = 4
        tally.listedBefore = [live: 2]
        tally.listedAfter = [live: 2]
        var checkup = Checkup()
        checkup.groups = 1200
        checkup.members = 4
        checkup.liveFronts = [live]
        checkup.findings = [GroupFinding(tally, live: [live], unread: ["specific.x!"], people: [dead: 1])]
        checkup.leftovers = [Leftover(.mailbox, of: dead, on: 1)]
        return checkup
    }

    @Test("A check-up as text: a line per group, what is left behind, the sum, what to do")
    func doctorText() {
        let text = DoctorReport(checkup()).text(advice: "Do this.")
        #expect(
            text == """
                GROUP  COUNT  LIVE  DEAD  DJANGO  OTHER  WHAT IS WRONG
                users      4     1     2       1      0  2 of dead front 01234567…; 1 missing of front fedcba98…; \
                1 of Django's specific.x!, unread; 1 person on dead front 01234567…

                DEAD FRONT                        HOST  LEFT BEHIND
                0123456789abcdef0123456789abcdef     2  mailbox

                Not well: 2 members of dead fronts, 1 member missing, 1 Django member unread, 1 person on dead fronts, \
                1 key left behind; looked at 1,200 groups with 4 members, 1 live front.
                Do this.
                """
        )
    }

    @Test("A clean check-up is one line, without advice")
    func cleanText() {
        var checkup = Checkup()
        checkup.groups = 1
        checkup.members = 4003
        #expect(
            DoctorReport(checkup).text(advice: "Do this.") == "All is well: 1 group with 4,003 members, 0 live fronts."
        )
    }

    @Test("Keys of the wrong type are named, with what they are and ought to be")
    func mistypedText() {
        var checkup = Checkup()
        checkup.mistypedKeys = [MistypedKey("asgi:group:x", on: 0, expected: "zset", found: "string")]
        let text = DoctorReport(checkup).text(advice: nil)
        #expect(
            text == """
                KEY           HOST  WHAT IS WRONG
                asgi:group:x     1  a string, not a sorted set

                Not well: 1 key of the wrong type; looked at 0 groups with 0 members, 0 live fronts.
                """
        )
    }

    @Test("JSON has full names and says whether all is well")
    func doctorJSON() throws {
        let text = try JSONText.of(DoctorReport(checkup()))
        let object = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["ok"] as? Bool == false)
        #expect(object["live_fronts"] as? [String] == [live.rawValue])
        let finding = try #require((object["findings"] as? [[String: Any]])?.first)
        #expect(finding["dead"] as? [String: Int] == [dead.rawValue: 2])
        #expect(finding["drift"] as? [String: Int] == [live.rawValue: -1])
        #expect(finding["people_of_dead_fronts"] as? [String: Int] == [dead.rawValue: 1])
    }

    @Test("Fronts as text and JSON")
    func fronts() throws {
        var register = FrontRegister()
        let fields = [
            "until": "1004.25", "since": "700", "address": "10.0.0.7:8000", "connections": "2000", "version": "1.2",
        ]
        register.add(
            [
                FrontRecord(live, on: 0, listedUntil: 1004.25, fields: fields),
                FrontRecord(dead, on: 0, listedUntil: 990, fields: ["until": "990"]),
            ],
            at: 1000
        )
        let report = FrontsReport(register)
        #expect(
            report.text == """
                FRONT                             HOST  ADDRESS        CONNECTIONS  VERSION     UP    LEASE  STATE
                0123456789abcdef0123456789abcdef     1  -                        0  -            -  -10.0 s  lapsed
                fedcba9876543210fedcba9876543210     1  10.0.0.7:8000         2000  1.2      5 min    4.3 s  live
                """
        )
        let json = try JSONText.of(report.rows)
        #expect(json.contains(#""lease_left" : 4.25"#))
        #expect(FrontsReport(FrontRegister()).text == "no fronts")
    }
}
