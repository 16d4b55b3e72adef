import ChannelLayers
import Redis
import Testing

@testable import RedisBackends

@Suite("A batch in Redis' words")
struct BatchPipelineTests {
    private static func channel(_ serial: UInt64) -> ChannelName { ChannelName(front: "specific.f", serial: serial) }

    private let batch = [
        BatchPipeline.Part(group: "a", joins: [(Self.channel(1), 5)], listing: 1),
        BatchPipeline.Part(group: "b", leaves: [Self.channel(2)], listing: 0),
        BatchPipeline.Part(group: "c", leaves: [Self.channel(3)], listing: 7),
        BatchPipeline.Part(group: "d", joins: [(Self.channel(4), 6)]),
        BatchPipeline.Part(group: "e", listing: 0),
    ]

    private func pipeline(_ batch: [BatchPipeline.Part]) -> BatchPipeline {
        BatchPipeline(batch, of: FrontName("f"), keys: RedisKeys(), expiry: 9)
    }

    @Test("Groups are listed before their members are written, and taken off after the last one is removed")
    func order() {
        let pipeline = pipeline(batch)
        #expect(
            pipeline.commands == [
                RedisCommand("ZADD", "asgi:front:f:groups", "1", "a", "7", "c"),
                RedisCommand("ZADD", "asgi:group:a", "10000000005", "specific.f!1"),
                RedisCommand("EXPIRE", "asgi:group:a", "9"),
                RedisCommand("ZREM", "asgi:group:b", "specific.f!2"),
                RedisCommand("ZREM", "asgi:group:c", "specific.f!3"),
                RedisCommand("ZADD", "asgi:group:d", "10000000006", "specific.f!4"),
                RedisCommand("EXPIRE", "asgi:group:d", "9"),
                RedisCommand("ZREM", "asgi:front:f:groups", "b", "e"),
            ]
        )
        #expect(pipeline.counts == [2, 1, 1, 2, 0])
    }

    @Test("Nothing to list costs no command")
    func nothingToList() {
        #expect(pipeline([batch[3]]).commands.map(\.name) == ["ZADD", "EXPIRE"])
        #expect(pipeline([]).commands == [])
    }

    @Test("Each part gets the refusal of its own commands, the listing its own, and what follows is left over")
    func outcome() {
        let replies: [RedisReply] = [
            .integer(2), .integer(1), .integer(1), .error("WRONGTYPE b"), .integer(1), .error("OOM d"), .integer(0),
            .error("READONLY"), .integer(42),
        ]
        let outcome = pipeline(batch).outcome(replies)
        #expect(outcome.refusals == [nil, "WRONGTYPE b", nil, "OOM d", nil])
        #expect(outcome.listingRefusal == "READONLY")
        #expect(outcome.rest == [.integer(42)])
        let first = pipeline(batch).outcome([RedisReply.error("NOPERM")] + replies.dropFirst())
        #expect(first.listingRefusal == "NOPERM")
    }
}
