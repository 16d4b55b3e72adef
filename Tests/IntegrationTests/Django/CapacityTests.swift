import ChannelLayers
import Messages
import RedisBackends
import Testing

/// What happens when a Django process does not take what it is sent.
@Suite("Capacity between Django and Muster")
struct CapacityTests {
    @Test("A send to a Django process that does not receive throws .channelFull at 100, a group send does not")
    func musterToDjango() async throws {
        try await withTestRedis { redis in
            let core = try await DjangoLayer.start(.core, .init(hosts: [redis.url]))
            let name = try await core.newChannel()
            let channel = try ChannelName(name)
            let inbox = "asgi" + name.prefix { $0 != "!" } + "!"
            try await withMusterLayers(1, hosts: [redis]) { layers in
                let member = try await layers[0].connectionMember(of: "room")
                try await layers[0].sendMany(100, from: "direct", to: channel)
                let error = await #expect(throws: ChannelLayerError.self) {
                    try await layers[0].layer.send(.numbered(100, from: "direct"), to: channel)
                }
                #expect(error?.code == .channelFull)
                #expect(try await redis.cli("zcard", inbox) == "100")

                // The full member gets nothing, the other one everything, and the sender hears nothing.
                try await core.groupAdd(name, to: "room")
                try await layers[0].sendMany(10, from: "group", to: "room")
                let summary = try await layers[0].receiver.collected(member, count: 10)
                #expect(summary == ChannelSummary(senders: ["group": .whole(10)]))
                #expect(try await redis.cli("zcard", inbox) == "100")

                // Once it receives there is room again.
                try await core.startCollecting(name)
                #expect(try await core.collected(name, count: 100).senders == ["direct": .whole(100)])
                try await layers[0].sendMany(10, from: "group again", to: "room")
                let whole = ["direct": SequenceSummary.whole(100), "group again": .whole(10)]
                #expect(try await core.collected(name, count: 110).senders == whole)
            }
            await core.stop()
        }
    }

    @Test("A general channel that nobody receives from is full at 100, whoever fills it")
    func generalChannel() async throws {
        try await withTestRedis { redis in
            let core = try await DjangoLayer.start(.core, .init(hosts: [redis.url]))
            try await withMusterLayers(1, hosts: [redis]) { layers in
                let jobs = try ChannelName("jobs")
                try await core.sendMany(50, from: "core", to: .channel("jobs"))
                try await layers[0].sendMany(50, from: "muster", to: jobs)
                let ours = await #expect(throws: ChannelLayerError.self) {
                    try await layers[0].layer.send(.numbered(50, from: "muster"), to: jobs)
                }
                #expect(ours?.code == .channelFull)
                let theirs = await #expect(throws: DjangoError.self) {
                    try await core.send(.numbered(50, from: "core"), to: "jobs")
                }
                #expect(theirs?.type == "ChannelFull")
                #expect(try await layers[0].layer.receive(jobs) == .numbered(0, from: "core"))
                try await layers[0].layer.send(.numbered(50, from: "muster"), to: jobs)
            }
            await core.stop()
        }
    }

    @Test("A front counts the group messages that a full Django process did not get")
    func counted() async throws {
        try await withFronts(1, arguments: ["--capacity", "10"]) { fronts in
            let core = try await DjangoLayer.start(.core, .init(hosts: [fronts.redis.url]))
            let name = try await core.newChannel()
            try await core.groupAdd(name, to: "users")
            // More than fills the inbox: each join and each leave is told to the group.
            for number in 0..<15 {
                let client = try await WebSocketClient.connect(fronts[0].webSocketURL())
                #expect(try await client.nextText() == #"{"message": "2"}"#, "\(number)")
                try await client.close()
                try await fronts.waitUntilCount(1)
            }
            let inbox = "asgi" + name.prefix { $0 != "!" } + "!"
            #expect(try await fronts.redis.cli("zcard", inbox) == "10")
            try await eventually("the drops are counted") {
                try await fronts.metric(#"muster_messages_dropped_total{reason="mailbox_full"}"#, of: 0) > 0
            }
            await core.stop()
        }
    }
}
