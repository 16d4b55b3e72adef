import Foundation
import Glibc
import Messages
import Testing

/// The Python side of the tests among itself: what the other tests rest on.
@Suite("Harness: Django's channel layers")
struct DjangoHarnessTests {
    @Test("Two processes: what one sends to a group, a channel and a queue reaches the other", arguments: Wire.all)
    func core(wire: Wire) async throws {
        try await withTestRedis { redis in
            let configuration = DjangoLayer.Configuration(hosts: [redis.url], wire: wire, capacity: 5000)
            let first = try await DjangoLayer.start(.core, configuration)
            let second = try await DjangoLayer.start(.core, configuration)
            let one = try await first.collectingMember(of: "room")
            let two = try await second.collectingMember(of: "room")
            try await second.startCollecting("jobs")
            #expect(try await redis.cli("zcard", "asgi:group:room") == "2")

            async let fromFirst = first.sendMany(300, from: "first", to: .group("room"))
            async let fromSecond = second.sendMany(300, from: "second", to: .group("room"))
            #expect(try await fromFirst.full + fromSecond.full == 0)
            try await first.sendMany(100, from: "direct", to: .channel(two))
            try await first.sendMany(100, from: "queue", to: .channel("jobs"))

            let group = ["first": SequenceSummary.whole(300), "second": .whole(300)]
            #expect(try await first.collected(one, count: 600) == ChannelSummary(senders: group))
            let direct = group.merging(["direct": .whole(100)]) { old, _ in old }
            #expect(try await second.collected(two, count: 700) == ChannelSummary(senders: direct))
            let queue = try await second.collected("jobs", count: 100)
            #expect(queue == ChannelSummary(senders: ["queue": .whole(100)]))

            try await second.groupDiscard(two, from: "room")
            #expect(try await redis.cli("zcard", "asgi:group:room") == "1")
            await first.stop()
            await second.stop()
        }
    }

    @Test("Two processes of the pub/sub layer: groups and channels, and no sorted sets", arguments: Wire.all)
    func pubSub(wire: Wire) async throws {
        try await withTestRedis { redis in
            let configuration = DjangoLayer.Configuration(hosts: [redis.url], wire: wire)
            let first = try await DjangoLayer.start(.pubSub, configuration)
            let second = try await DjangoLayer.start(.pubSub, configuration)
            let one = try await first.collectingMember(of: "room")
            let two = try await second.collectingMember(of: "room")
            #expect(try await redis.cli("keys", "*") == "")

            try await first.sendMany(300, from: "first", to: .group("room"))
            try await second.sendMany(300, from: "second", to: .channel(one))
            let both = ["first": SequenceSummary.whole(300), "second": .whole(300)]
            #expect(try await first.collected(one, count: 600) == ChannelSummary(senders: both))
            let group = try await second.collected(two, count: 300)
            #expect(group == ChannelSummary(senders: ["first": .whole(300)]))
            await first.stop()
            await second.stop()
        }
    }

    @Test("The two kinds of layer do not hear each other")
    func kindsApart() async throws {
        try await withTestRedis { redis in
            let core = try await DjangoLayer.start(.core, .init(hosts: [redis.url]))
            let pubSub = try await DjangoLayer.start(.pubSub, .init(hosts: [redis.url]))
            let inCore = try await core.collectingMember(of: "room")
            let inPubSub = try await pubSub.collectingMember(of: "room")
            // In turns, so that what is counted last would have come after what must not come.
            try await core.sendMany(10, from: "core", to: .group("room"))
            try await pubSub.sendMany(10, from: "pubsub", to: .group("room"))
            try await core.sendMany(10, from: "core again", to: .group("room"))
            let toCore = try await core.collected(inCore, count: 20)
            #expect(toCore == ChannelSummary(senders: ["core": .whole(10), "core again": .whole(10)]))
            let toPubSub = try await pubSub.collected(inPubSub, count: 10)
            #expect(toPubSub == ChannelSummary(senders: ["pubsub": .whole(10)]))
            await core.stop()
            await pubSub.stop()
        }
    }

    @Test("Values of every kind go through the process and Redis and come back equal")
    func values() async throws {
        try await withTestRedis { redis in
            let core = try await DjangoLayer.start(.core, .init(hosts: [redis.url]))
            let message = Message(
                type: "every.kind",
                [
                    "bytes": .bytes([0, 15, 16, 255]), "none": nil, "true": true, "number": -1,
                    "big": .unsigned(.max), "double": 0.1, "text": "Zoë 🦊", "list": [1, ["bytes": .bytes([])]],
                ]
            )
            try await core.send(message, to: "jobs")
            #expect(try await core.receive("jobs") == message)
            #expect(try await core.receive("jobs", timeout: .milliseconds(50)) == nil)
            await core.stop()
        }
    }

    @Test("A full channel is an error that has Python's name, and sends that do not retry count it")
    func fullChannel() async throws {
        try await withTestRedis { redis in
            let configuration = DjangoLayer.Configuration(
                hosts: [redis.url],
                capacity: 20,
                channelCapacity: ["narrow*": 5]
            )
            let core = try await DjangoLayer.start(.core, configuration)
            #expect(try await core.sendMany(25, from: "sender", to: .channel("jobs")).full == 5)
            #expect(try await core.sendMany(25, from: "sender", to: .channel("narrow.jobs")).full == 20)
            let error = await #expect(throws: DjangoError.self) { try await core.send(Message(type: "x"), to: "jobs") }
            #expect(error?.type == "ChannelFull")
            // With retry every message gets there; the queue is full to begin with.
            async let sent = core.sendMany(20, from: "patient", to: .channel("jobs"), retry: true)
            try await core.startCollecting("jobs")
            #expect(try await sent.full > 0)
            #expect(try await core.collected("jobs", count: 40).senders["patient"] == .whole(20))
            await core.stop()
        }
    }

    @Test("Both tallies see the same in messages that come twice, late or not at all")
    func tallies() async throws {
        try await withTestRedis { redis in
            let numbers = [0, 1, 4, 3, 4, 5, 8]
            var tally = ChannelTally()
            let core = try await DjangoLayer.start(.core, .init(hosts: [redis.url]))
            try await core.startCollecting("jobs")
            for number in numbers {
                tally.add(.numbered(number, from: "sender"))
                try await core.send(.numbered(number, from: "sender"), to: "jobs")
            }
            let expected = SequenceSummary(count: 7, duplicates: 1, late: 1, firstGap: 2)
            #expect(tally.summary == ChannelSummary(senders: ["sender": expected]))
            #expect(try await core.collected("jobs", count: 7) == tally.summary)
            await core.stop()
        }
    }

    @Test("A process that hangs or has ended is an error with its last lines")
    func brokenProcess() async throws {
        let core = try await DjangoLayer.start(.core, .init(hosts: ["redis://127.0.0.1:1"]))
        let refused = await #expect(throws: DjangoError.self) { try await core.send(Message(type: "x"), to: "jobs") }
        #expect(refused?.type == "ConnectionError")

        core.process.signal(SIGSTOP)
        let hanging = await #expect(throws: HarnessError.self) {
            try await core.call("new_channel", timeout: .milliseconds(200))
        }
        #expect(hanging?.description.contains("“new_channel” of the Django process (core)") == true)
        core.process.kill9()
        try await core.process.waitForExit()
        let ended = await #expect(throws: HarnessError.self) { try await core.newChannel() }
        #expect(ended?.description.contains("signal 9") == true)

        let misnamed = try await DjangoLayer.start(.core, .init(hosts: ["no-such-scheme://"]))
        let unusable = await #expect(throws: DjangoError.self) {
            try await misnamed.send(Message(type: "x"), to: "jobs")
        }
        #expect(unusable?.text.contains("scheme") == true)
        await misnamed.stop()
    }

    @Test("A program reads what is written to it; one without an input, or that has ended, cannot be written to")
    func childInput() async throws {
        let echo = try await ChildProcess.start("cat", hasInput: true)
        let long = String(repeating: "x", count: 200_000)
        for line in ["Zoë", long, "end"] { try await echo.write(line: line) }
        try await echo.waitForLine(containing: "end")
        #expect(echo.lines(of: .standardOutput).joined() == "Zoë" + long + "end")
        await echo.stop()

        let mute = try await ChildProcess.start("cat")
        await #expect(throws: HarnessError.self) { try await mute.write(line: "x") }
        #expect(try await mute.waitForExit() == .exited(0))
        let ended = try await ChildProcess.start("true", hasInput: true)
        try await ended.waitForExit()
        await #expect(throws: (any Error).self) { for _ in 0..<2 { try await ended.write(line: "x") } }
    }
}
