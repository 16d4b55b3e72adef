import ChannelLayers
import Redis
import Testing

@testable import RedisBackends

/// What fronts tell each other.
@Suite("Notices")
struct NoticeTests {
    @Test("A notice reads back as it was written")
    func roundTrip() throws {
        let groups = try (0..<Notice.groupLimit).map { try GroupName("group-\($0)") }
        for notice in [Notice.counts(["a"]), .counts(groups)] {
            #expect(try Notice(decoding: notice.payload) == notice)
        }
    }

    @Test(
        "What is no notice is refused",
        arguments: [
            "", "counts\n", "counts\nbad name", "count\na", "counts\n\na", "\nb", "counts a",
            "counts\n" + (0...Notice.groupLimit).map { "g\($0)" }.joined(separator: "\n"),
            "counts\n" + String(repeating: "x", count: 100_000),
        ]
    )
    func refused(text: String) {
        let payload = Array(text.utf8)
        #expect(throws: ChannelLayerError.self) { try Notice(decoding: payload) }
    }

    @Test("What is on the list of lapsed fronts and could not be one is told apart")
    func lapsed() {
        let reply = RedisReply.array(
            ["a1b2", "", "x:groups", "c", "a!b", "d"].map { .bulk(Array($0.utf8)) }
                .flatMap { [$0, .bulk(Array("17.5".utf8))] } + [.bulk([0xff]), .bulk([0x31])]
        )
        let listed = LapsedFronts(reply)
        #expect(listed.fronts.map(\.name.rawValue) == ["a1b2", "c", "d"])
        #expect(listed.strays.map(\.name) == [[], Array("x:groups".utf8), Array("a!b".utf8), [0xff]])
        #expect(listed.strays.map(\.score) == Array(repeating: Array("17.5".utf8), count: 3) + [[0x31]])
        #expect(!listed.isEmpty && LapsedFronts(.null).isEmpty)
    }
}
