import ChannelLayers
import Messages
import MusterTesting
import RedisBackends
import Testing

/// Groups that keep a history: what is in Redis, what it costs, and what becomes of it when Redis does.
@Suite("Layer: history", .timeLimit(.minutes(3)))
struct HistoryTests {
    private static func configuration(
        count: Int = 50,
        age: Duration = .seconds(3600),
        _ wire: WireFormat = WireFormat()
    ) -> RedisChannelLayerConfiguration {
        let histories = HistoryLimits([("room*", HistoryLimit(count: count, age: age))])
        return RedisChannelLayerConfiguration(wire: wire, histories: histories)
    }

    private static let wires = [
        WireFormat(), WireFormat(serializer: .json), WireFormat(encryptionKeys: ["new", "old"]),
        WireFormat(serializer: .json, encryptionKeys: ["key"]),
    ]

    @Test("Four senders at once on two layers: everybody hears all in one order, and reads the same", arguments: wires)
    func order(_ wire: WireFormat) async throws {
        let each = 100
        try await withLayers(2, Self.configuration(count: 4 * each, wire)) { layers in
            for layer in layers.layers { try await layer.groupAdd(layer.newConnectionChannel(), to: "room") }
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for sender in 0..<4 {
                    let layer = layers[sender % 2]
                    tasks.addTask {
                        for number in 0..<each {
                            try await layer.groupRecord(.numbered(number, from: "\(sender)"), to: "room")
                        }
                    }
                }
                try await tasks.waitForAll()
            }
            let kept = try await layers[1].history(of: "room", from: .newest(1000), limit: 1000).messages
            for index in 0..<2 {
                let heard = await layers.receiver(index).messages(to: "room", timeout: .seconds(30)) {
                    $0.count >= 4 * each
                }
                #expect(heard.compactMap(\.id) == heard.compactMap(\.id).sorted())
                #expect(heard == kept && kept.count == 4 * each)
            }
            for sender in 0..<4 {
                let numbers = kept.filter { $0["sender"]?.stringValue == "\(sender)" }.compactMap(\.number)
                #expect(numbers == Array(0..<each))
            }
        }
    }

    @Test("In Redis it is one stream of what was published, each entry with the id before its own; it expires")
    func whatIsWritten() async throws {
        try await withLayers(1, Self.configuration(WireFormat(serializer: .json))) { layers in
            let (layer, redis) = (layers[0], layers.redis[0])
            let first = try #require(try await layer.groupRecord(Message(type: "t", ["n": 1]), to: "room"))
            let second = try #require(try await layer.groupRecord(Message(type: "t", ["n": 2]), to: "room"))
            let lines = try await redis.cli("xrange", "asgi:history:room", "-", "+").split(separator: "\n")
            let texts = [(1, first), (2, second)].map {
                #"{"type": "t", "n": \#($0), "__asgi_history__": "room", "__asgi_id__": "\#($1)"}"#
            }
            #expect(
                lines.map(String.init) == [
                    "\(first)", "message", texts[0], "previous", "0-0", "\(second)", "message", texts[1], "previous",
                    "\(first)",
                ]
            )
            let expiry = try #require(Int(try await redis.cli("ttl", "asgi:history:room")))
            // A week longer than the messages.
            #expect((3600 + 604_000...3600 + 604_800).contains(expiry))
            #expect(try await redis.cli("exists", "asgi:history:other") == "0")
            try await layer.groupRecord(Message(type: "t"), to: "other")
            #expect(try await redis.cli("exists", "asgi:history:other") == "0")
        }
    }

    @Test("It keeps as many as it is to, and reads none that are too old")
    func trimming() async throws {
        try await withLayers(1, Self.configuration(count: 5, age: .seconds(5))) { layers in
            let (layer, redis) = (layers[0], layers.redis[0])
            var ids: [MessageID] = []
            for number in 0..<8 {
                ids.append(try #require(try await layer.groupRecord(.numbered(number, from: "test"), to: "room")))
            }
            #expect(try await redis.cli("xlen", "asgi:history:room") == "5")
            try await eventually("all are too old", timeout: .seconds(60)) {
                try await layer.history(of: "room", from: .newest(9), limit: 9).messages.isEmpty
            }
            // Redis has them still, until somebody records.
            #expect(try await redis.cli("xlen", "asgi:history:room") == "5")
            let none = try await layer.history(of: "room", from: .after(ids[7]), limit: 9)
            #expect(none == HistoryPage(messages: [], hasGap: false, end: ids[7], isLast: true))
            let missed = try await layer.history(of: "room", from: .after(ids[6]), limit: 9)
            #expect(missed == HistoryPage(messages: [], hasGap: true, end: ids[7], isLast: true))
            let last = try #require(try await layer.groupRecord(.numbered(8, from: "test"), to: "room"))
            #expect(try await redis.cli("xlen", "asgi:history:room") == "1")
            let page = try await layer.history(of: "room", from: .after(ids[7]), limit: 9)
            #expect(page.messages.compactMap(\.id) == [last])
            #expect(!page.hasGap)
        }
    }

    @Test("A history begins when its end is asked for, and lives on, also after its messages")
    func end() async throws {
        try await withLayers(1, Self.configuration(age: .seconds(1))) { layers in
            let (layer, redis) = (layers[0], layers.redis[0])
            let begin = try #require(try await layer.historyEnd(of: "room"))
            #expect(begin != .zero)
            #expect(try await redis.cli("xlen", "asgi:history:room") == "0")
            #expect(try await layer.historyEnd(of: "room") == begin)
            let id = try #require(try await layer.groupRecord(.numbered(1, from: "test"), to: "room"))
            try await eventually("it is too old", timeout: .seconds(30)) {
                try await layer.history(of: "room", from: .newest(9), limit: 9).messages.isEmpty
            }
            try await redis.cli("expire", "asgi:history:room", "100")
            #expect(try await layer.historyEnd(of: "room") == id)
            #expect(try await redis.cli("xlen", "asgi:history:room") == "0")
            let expiry = try #require(Int(try await redis.cli("ttl", "asgi:history:room")))
            #expect((604_000...604_801).contains(expiry))
            let quiet = try await layer.history(of: "room", from: .after(id), limit: 9)
            #expect(quiet == HistoryPage(messages: [], hasGap: false, end: id, isLast: true))
            #expect(try await layer.history(of: "room", from: .after(begin), limit: 9).hasGap)
            #expect(try await layer.historyEnd(of: "other") == nil)
            #expect(try await redis.cli("exists", "asgi:history:other") == "0")
        }
    }

    @Test("An id is believed only in the group that gave it: who forwards a message as it came forwards no id")
    func foreignIDs() async throws {
        try await withLayers(1, Self.configuration(WireFormat(serializer: .json))) { layers in
            let (layer, redis, groups) = (layers[0], layers.redis[0], ["room.a", "room.b", "plain"] as [GroupName])
            let channel = layer.newConnectionChannel()
            for group in groups { try await layer.groupAdd(channel, to: group) }
            let id = try #require(try await layer.groupRecord(.numbered(1, from: "test"), to: "room.a"))
            let lines = try await redis.cli("xrange", "asgi:history:room.a", "-", "+").split(separator: "\n")
            for group in groups { try await redis.cli("publish", "asgi__group__\(group)", String(lines[2])) }
            let bare = String(lines[2].replacing("\"__asgi_history__\": \"room.a\", ", with: ""))
            #expect(bare != lines[2])
            try await redis.cli("publish", "asgi__group__room.a", bare)
            for (group, count) in zip(groups, [3, 1, 1]) {
                let heard = await layers.receiver(0).messages(to: group, timeout: .seconds(30)) { $0.count >= count }
                #expect(heard.last == .numbered(1, from: "test") && heard.count == count)
                if group == "room.a" { #expect(heard.map(\.id) == [id, id, nil]) }
            }
        }
    }

    @Test("A Redis that was emptied: a gap, then what was recorded since", arguments: [true, false])
    func emptied(isRecordedSince: Bool) async throws {
        try await withLayers(1, Self.configuration()) { layers in
            let layer = layers[0]
            let id = try #require(try await layer.groupRecord(.numbered(1, from: "test"), to: "room"))
            try await layers.redis[0].cli("flushall")
            if isRecordedSince { try await layer.groupRecord(.numbered(2, from: "test"), to: "room") }
            let page = try await layer.history(of: "room", from: .after(id), limit: 9)
            #expect(page.hasGap && page.isLast)
            #expect(page.messages.compactMap(\.number) == (isRecordedSince ? [2] : []))
        }
    }

    @Test("Ids grow though Redis' clock goes back, also those that a sender chooses", arguments: wires)
    func clockGoesBack(_ wire: WireFormat) async throws {
        try await withLayers(1, Self.configuration(wire)) { layers in
            let (layer, redis) = (layers[0], layers.redis[0])
            // As if the last message had been recorded in the year 2100.
            try await redis.cli("xadd", "asgi:history:room", "4102444800000-9", "message", "x", "previous", "0-0")
            for number in 10..<14 {
                let id = try await layer.groupRecord(.numbered(number, from: "test"), to: "room")
                #expect(try #require(id) > MessageID(milliseconds: 4_102_444_800_000, sequence: 9))
            }
            let page = try await layer.history(of: "room", from: .after(MessageID("4102444800000-9")!), limit: 9)
            #expect(page.messages.compactMap(\.number) == Array(10..<14))
            #expect(!page.hasGap)
        }
    }

    @Test("Large messages make short pages; what is no message is passed over, and a gap")
    func pages() async throws {
        try await withLayers(1, Self.configuration()) { layers in
            let (layer, redis) = (layers[0], layers.redis[0])
            let large = MessageValue.bytes(Array(repeating: 7, count: 400_000))
            for _ in 0..<5 { try await layer.groupRecord(Message(type: "t", ["extra": large]), to: "room") }
            var (start, counts): (MessageID, [Int]) = (.zero, [])
            for _ in 0..<9 {
                let page = try await layer.history(of: "room", from: .after(start), limit: 100)
                counts.append(page.messages.count)
                start = page.end
                #expect(!page.hasGap)
                if page.isLast { break }
            }
            #expect(counts == [2, 2, 1])
            try await redis.cli("xadd", "asgi:history:room", "*", "message", "no message", "previous", "\(start)")
            let after = try await layer.groupRecord(.numbered(1, from: "test"), to: "room")
            let page = try await layer.history(of: "room", from: .after(start), limit: 100)
            #expect(page.hasGap && page.isLast)
            #expect(page.messages.map(\.id) == [after])
        }
    }

    @Test("Recording costs one script call and one question for Django's members, in one write")
    func cost() async throws {
        try await withLayers(1, Self.configuration()) { layers in
            let (layer, redis) = (layers[0], layers.redis[0])
            try await layer.groupRecord(.numbered(0, from: "test"), to: "room")
            try await redis.cli("config", "resetstat")
            for number in 1...100 { try await layer.groupRecord(.numbered(number, from: "test"), to: "room") }
            let statistics = try await redis.cli("info", "commandstats").split(whereSeparator: \.isNewline)
            func calls(_ command: String) -> Int {
                statistics.first { $0.hasPrefix("cmdstat_\(command):") }?.firstMatch(of: /calls=([0-9]+)/)
                    .flatMap { Int($0.1) } ?? 0
            }
            #expect(calls("zrangebyscore") == 100 && calls("xadd") == 100 && calls("eval") == 0)
            // Heartbeats are scripts too.
            #expect((100...110).contains(calls("evalsha")))
        }
    }

    @Test("Several hosts: the stream is on the host of the group's relay")
    func severalHosts() async throws {
        try await withLayers(2, hosts: 2, Self.configuration()) { layers in
            for layer in layers.layers { try await layer.groupAdd(layer.newConnectionChannel(), to: "room") }
            // As in `SeveralHostsTests`: room is on the first, its relay on the second.
            let id = try await layers[0].groupRecord(.numbered(1, from: "test"), to: "room")
            #expect(try await layers.redis[0].cli("exists", "asgi:history:room") == "0")
            #expect(try await layers.redis[1].cli("xlen", "asgi:history:room") == "1")
            for index in 0..<2 {
                let heard = await layers.receiver(index).messages(to: "room", timeout: .seconds(30)) { !$0.isEmpty }
                #expect(heard.map(\.id) == [id])
                let page = try await layers[index].history(of: "room", from: .newest(5), limit: 5)
                #expect(page.messages == heard)
            }
        }
    }

    @Test("What Redis does not allow is .refused, is not kept, and works once it is allowed")
    func refused() async throws {
        try await withLayers(1, Self.configuration()) { layers in
            let (layer, redis) = (layers[0], layers.redis[0])
            try await layer.groupAdd(layer.newConnectionChannel(), to: "room")
            let denials = [
                ("-xadd", "+xadd"), ("-xinfo", "+xinfo"), ("-xtrim", "+xtrim"), ("-expire", "+expire"),
                ("resetchannels", "allchannels"),
            ]
            for (denied, allowed) in denials {
                // The script looks at the stream only if there is one.
                try await layer.groupRecord(.numbered(0, from: "test"), to: "room")
                try await redis.cli("acl", "setuser", "default", denied)
                let error = await #expect(throws: ChannelLayerError.self) {
                    try await layer.groupRecord(.numbered(1, from: "test"), to: "room")
                }
                #expect(error?.code == .refused)
                try await redis.cli("acl", "setuser", "default", allowed)
            }
            try await eventually("ready again", timeout: .seconds(30)) { layer.readiness == .ready }
            try await layer.groupRecord(.numbered(2, from: "test"), to: "room")
            let page = try await layer.history(of: "room", from: .newest(9), limit: 9)
            #expect(page.messages.compactMap(\.number) == [0, 0, 0, 0, 0, 2])
            // Nobody was sent what is not kept.
            let heard = await layers.receiver(0).messages(to: "room", timeout: .seconds(30)) { $0.last?.number == 2 }
            #expect(heard.compactMap(\.number) == [0, 0, 0, 0, 0, 2])
        }
    }

    @Test("A key of another kind in a history's place is .refused, and nobody's groups suffer")
    func wrongType() async throws {
        try await withLayers(1, Self.configuration()) { layers in
            let layer = layers[0]
            try await layer.groupAdd(layer.newConnectionChannel(), to: "room")
            try await layers.redis[0].cli("set", "asgi:history:room", "x")
            let recording = await #expect(throws: ChannelLayerError.self) {
                try await layer.groupRecord(.numbered(1, from: "test"), to: "room")
            }
            let reading = await #expect(throws: ChannelLayerError.self) {
                try await layer.history(of: "room", from: .newest(1), limit: 1)
            }
            #expect([recording?.code, reading?.code] == [.refused, .refused])
            #expect(recording?.message.contains("WRONGTYPE") == true)
            try await layer.groupSend(.numbered(2, from: "test"), to: "room")
            let heard = await layers.receiver(0).messages(to: "room", timeout: .seconds(30)) { !$0.isEmpty }
            #expect(heard == [.numbered(2, from: "test")])
        }
    }

    @Test("Django's members of both layers get recorded messages once, in order")
    func django() async throws {
        try await withTestRedis { redis in
            let configuration = DjangoLayer.Configuration(hosts: [redis.url], wire: .messagePack, expiry: 600)
            let core = try await DjangoLayer.start(.core, configuration)
            let pubSub = try await DjangoLayer.start(.pubSub, configuration)
            let coreChannel = try await core.collectingMember(of: "room")
            let pubSubChannel = try await pubSub.collectingMember(of: "room")
            try await withLayers(1, on: [redis], Self.configuration()) { layers in
                for number in 0..<50 { try await layers[0].groupRecord(.numbered(number, from: "m"), to: "room") }
                let expected = ChannelSummary(senders: ["m": .whole(50)])
                #expect(try await core.collected(coreChannel, count: 50) == expected)
                #expect(try await pubSub.collected(pubSubChannel, count: 50) == expected)
            }
            await core.stop()
            await pubSub.stop()
        }
    }
}
