import ChannelLayers
import Messages
import MusterTesting
import RedisBackends
import Testing

/// A relay that breaks, and groups that keep a history: their members miss nothing.
@Suite("Layer: catching up", .timeLimit(.minutes(3)))
struct CatchUpTests {
    private static let configuration = RedisChannelLayerConfiguration(
        probeInterval: .milliseconds(200),
        histories: HistoryLimits([("room*", HistoryLimit(count: 5000, age: .seconds(3600)))])
    )

    /// A sender whose own way to Redis is never broken.
    private static func withSender(
        _ body: (LinkedLayer, RedisChannelLayer) async throws -> Void
    ) async throws {
        try await withLinkedLayer(configuration) { test in
            // It publishes a probe when it starts, and then none that would be counted for the other's.
            let quiet = RedisChannelLayerConfiguration(
                probeInterval: .seconds(3600),
                histories: configuration.histories
            )
            try await withLayers(1, on: [test.redis], quiet) { layers in
                try await body(test, layers[0])
            }
        }
    }

    private static func join(_ layer: RedisChannelLayer, _ groups: GroupName...) async throws {
        let channel = layer.newConnectionChannel()
        for group in groups { try await layer.groupAdd(channel, to: group) }
    }

    /// How many messages have been published.
    private static func probes(_ redis: TestRedis) async throws -> Int {
        let statistics = try await redis.cli("info", "commandstats").split(whereSeparator: \.isNewline)
        return statistics.first { $0.hasPrefix("cmdstat_publish:") }?.firstMatch(of: /calls=([0-9]+)/)
            .flatMap { Int($0.1) } ?? 0
    }

    private static func summary(_ messages: [Message]) -> SequenceSummary? {
        var tally = ChannelTally()
        for message in messages { tally.add(message) }
        return tally.summary.senders["s"]
    }

    @Test("The relay's connection is killed again and again while others record: all of it arrives once, in order")
    func killed() async throws {
        try await Self.withSender { test, sender in
            try await Self.join(test.layer, "room", "other")
            let count = 2000
            let sending = Task {
                for number in 0..<count { try await sender.groupRecord(.numbered(number, from: "s"), to: "room") }
            }
            // The first is heard before the first break.
            let first = await test.receiver.messages(to: "room", timeout: .seconds(30)) { !$0.isEmpty }
            #expect(first.first?.number == 0)
            for round in 1...5 {
                try await test.link.cut()
                try await eventually("gap \(round)") { test.receiver.gaps.count >= round }
            }
            try await sending.value
            let heard = await test.receiver.messages(to: "room", timeout: .seconds(60)) {
                $0.count(where: { $0.id != nil }) >= count
            }
            #expect(Self.summary(heard) == .whole(count))
            #expect(heard.compactMap(\.id) == heard.compactMap(\.id).sorted())
            // The other group has no history: its members have to be told.
            #expect(Set(test.receiver.gaps.joined()) == ["other"])
        }
    }

    @Test("What is sent while a layer is deaf for long arrives when it hears again, before what comes then")
    func deaf() async throws {
        try await Self.withSender { test, sender in
            try await Self.join(test.layer, "room")
            try await sender.groupRecord(.numbered(0, from: "s"), to: "room")
            _ = await test.receiver.messages(to: "room", timeout: .seconds(30)) { !$0.isEmpty }
            // Heard, and then proven by a probe: with the next but one, the one in between has been waited for.
            let probes = try await Self.probes(test.redis)
            try await eventually("the layer has had probes come back") {
                try await Self.probes(test.redis) >= probes + 4
            }
            try await test.link.set(.deaf)
            for number in 1...700 { try await sender.groupRecord(.numbered(number, from: "s"), to: "room") }
            try await test.waitUntilUnready("has not come back")
            try await test.link.set(.none)
            try await test.waitUntilReady()
            // Each relay that turns out to be deaf is replaced, and what had been recorded by then is read.
            let heard = await test.receiver.messages(to: "room", timeout: .seconds(60)) { messages in
                Self.hasCaughtUp(messages) && messages.contains { $0.number == 700 }
            }
            #expect(Self.summary(heard) == .whole(701))
            try await sender.groupRecord(.numbered(701, from: "s"), to: "room")
            let more = await test.receiver.messages(to: "room", timeout: .seconds(30)) { $0.last?.number == 701 }
            #expect(Self.summary(more) == .whole(702))
            #expect(test.receiver.gaps.isEmpty)
        }
    }

    @Test("A member that only read the history catches up too; one that did neither is told of a gap")
    func onlyRead() async throws {
        try await Self.withSender { test, sender in
            try await sender.groupRecord(.numbered(0, from: "s"), to: "room.read")
            try await Self.join(test.layer, "room.read", "room.unread")
            let page = try await test.layer.history(of: "room.read", from: .newest(5), limit: 5)
            #expect(page.messages.count == 1)
            try await test.link.set(.refused)
            for number in 1...3 {
                try await sender.groupRecord(.numbered(number, from: "s"), to: "room.read")
                try await sender.groupRecord(.numbered(number, from: "s"), to: "room.unread")
            }
            try await test.link.set(.none)
            let heard = await test.receiver.messages(to: "room.read", timeout: .seconds(60), until: Self.hasCaughtUp)
            #expect(Self.shown(heard) == ["1", "2", "3", "history.caught_up"])
            try await eventually("the gap is told") { !test.receiver.gaps.isEmpty }
            #expect(Set(test.receiver.gaps.joined()) == ["room.unread"])
            #expect(test.receiver.messages(to: "room.unread").isEmpty)
        }
    }

    @Test("Who reads the history speaks for nobody else: a member that may have missed what was read is told of a gap")
    func readByAnother() async throws {
        try await Self.withSender { test, sender in
            try await Self.join(test.layer, "room")
            try await test.link.set(.deaf)
            try await sender.groupRecord(.numbered(0, from: "s"), to: "room")
            // Redis answers commands meanwhile.
            try await Self.join(test.layer, "room")
            let page = try await test.layer.history(of: "room", from: .newest(5), limit: 5)
            #expect(page.messages.count == 1)
            try await test.waitUntilUnready("has not come back")
            try await test.link.set(.none)
            try await eventually("the gap is told", timeout: .seconds(30)) {
                test.receiver.gaps.joined().contains("room")
            }
        }
    }

    @Test("A history that was emptied meanwhile: the group is told of a gap, then hears what is kept")
    func emptied() async throws {
        try await Self.withSender { test, sender in
            try await Self.join(test.layer, "room")
            try await sender.groupRecord(.numbered(0, from: "s"), to: "room")
            _ = await test.receiver.messages(to: "room", timeout: .seconds(30)) { !$0.isEmpty }
            try await test.link.set(.refused)
            try await sender.groupRecord(.numbered(1, from: "s"), to: "room")
            try await test.redis.cli("del", "asgi:history:room")
            try await sender.groupRecord(.numbered(2, from: "s"), to: "room")
            try await test.link.set(.none)
            let heard = await test.receiver.messages(to: "room", timeout: .seconds(60), until: Self.hasCaughtUp)
            #expect(Self.shown(heard) == ["0", "history.gap", "2", "history.caught_up"])
        }
    }

    @Test("A group that missed nothing of its history is told that it has caught up: the rest may have been missed")
    func nothingMissed() async throws {
        try await Self.withSender { test, sender in
            try await Self.join(test.layer, "room")
            try await sender.groupRecord(.numbered(0, from: "s"), to: "room")
            _ = await test.receiver.messages(to: "room", timeout: .seconds(30)) { !$0.isEmpty }
            try await test.link.cut()
            let heard = await test.receiver.messages(to: "room", timeout: .seconds(60), until: Self.hasCaughtUp)
            #expect(Self.shown(heard) == ["0", "history.caught_up"])
            #expect(test.receiver.gaps.isEmpty)
        }
    }

    private static let hasCaughtUp: @Sendable ([Message]) -> Bool = {
        $0.last?.type == Message.historyCaughtUp.type
    }

    /// Each message as its number or, if it has none, its type.
    private static func shown(_ messages: [Message]) -> [String] {
        messages.map { $0.number.map { "\($0)" } ?? $0.type }
    }
}
