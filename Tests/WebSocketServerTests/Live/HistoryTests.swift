import ChannelLayers
import Consumers
import Messages
import MusterTesting
import Testing
import WebSocketServer

@Suite("Front: histories", .timeLimit(.minutes(2)))
struct HistoryTests {
    private static func withHistory(
        _ configuration: FrontConfiguration = .test(),
        layer: HistoryLayer,
        _ body: (FrontUnderTest) async throws -> Void
    ) async throws {
        try await withFront(
            configuration,
            layer: layer,
            routes: { routes in try routes.add("/history") { _ in HistoryConsumer() } },
            body
        )
    }

    private static func texts(_ count: Int, of client: RawClient) async throws -> [String] {
        var texts: [String] = []
        for _ in 0..<count { texts.append(try await client.text()) }
        return texts
    }

    private static func expectQuiet(_ client: RawClient) async throws {
        try await client.send(text: "quiet?")
        #expect(try await client.text() == "quiet?")
    }

    @Test("the history comes first, over as many pages as it takes, then what is sent from then on")
    func order() async throws {
        let layer = HistoryLayer()
        let first = try await layer.record(0..<1)
        try await layer.record(1..<350)
        try await Self.withHistory(layer: layer) { front in
            let returning = try await front.open("/history?last=\(first)")
            #expect(try await Self.texts(350, of: returning) == (1..<350).map(String.init) + ["played"])
            let late = try await front.open("/history?newest=250")
            #expect(try await Self.texts(251, of: late) == (100..<350).map(String.init) + ["played"])
            try await layer.record(350..<352)
            try await layer.groupSend(Message(type: "whisper"), to: "room")
            for client in [returning, late] {
                #expect(try await Self.texts(3, of: client) == ["350", "351", "personal"])
                try await Self.expectQuiet(client)
            }
        }
    }

    @Test("what is recorded while a page is on its way comes once and in its place, what is not recorded at once")
    func meanwhile() async throws {
        let layer = HistoryLayer { start, _, base in
            guard case .newest = start else { return }
            for number in 3..<5 { try await base.groupRecord(.say(number), to: "room") }
            try await base.groupSend(Message(type: "whisper"), to: "room")
            // Before the page, since what it asked for is behind it on the event loop.
            try await Task.sleep(for: .milliseconds(1))
        }
        try await layer.record(0..<3)
        try await Self.withHistory(layer: layer) { front in
            let client = try await front.open("/history?newest=50")
            #expect(
                try await Self.texts(6, of: client).filter { $0 != "personal" } == ["0", "1", "2", "3", "4", "played"]
            )
            #expect(try await client.text() == "personal")
            try await layer.record(5..<6)
            #expect(try await client.text() == "5")
            try await Self.expectQuiet(client)
        }
    }

    @Test("a gap is told before what is left, and so is a history that was emptied")
    func gap() async throws {
        let layer = HistoryLayer(keeping: 3)
        let first = try await layer.record(0..<1)
        let last = try await layer.record(1..<6)
        try await Self.withHistory(layer: layer) { front in
            let client = try await front.open("/history?last=\(first)")
            #expect(try await Self.texts(5, of: client) == ["gap", "3", "4", "5", "played"])
            try await layer.flush()
            let late = try await front.open("/history?last=\(last)")
            #expect(try await Self.texts(2, of: late) == ["gap", "played"])
            try await layer.record(6..<7)
            for client in [client, late] { #expect(try await client.text() == "6") }
        }
    }

    @Test("each message of a history does what the consumer renders: personal, nothing, unknown, a close")
    func renderings() async throws {
        let layer = HistoryLayer()
        try await layer.record(0..<1)
        for type in ["whisper", "nothing", "strange"] { try await layer.groupRecord(Message(type: type), to: "room") }
        try await layer.record(1..<2)
        try await Self.withHistory(layer: layer) { front in
            let client = try await front.open("/history?newest=50")
            #expect(try await Self.texts(4, of: client) == ["0", "1", "played", "personal"])
            try await layer.groupRecord(Message(type: "end"), to: "room")
            #expect(try await client.closeFrame().code == CloseCode(rawValue: 4000))
            try await layer.record(2..<3)
            let late = try await front.open("/history?newest=50")
            #expect(try await Self.texts(2, of: late) == ["0", "1"])
            #expect(try await late.closeFrame().code == CloseCode(rawValue: 4000))
        }
    }

    @Test("a history that cannot be read fails the join, and the connection is not in the group")
    func failure() async throws {
        struct Mishap: Error {}
        let layer = HistoryLayer { _, _, _ in throw Mishap() }
        try await Self.withHistory(layer: layer) { front in
            let client = try await front.open("/history?newest=50")
            #expect(try await client.text() == "unavailable")
            #expect(try await layer.groupCount("room") == 0)
            try await layer.record(0..<1)
            try await Self.expectQuiet(client)
        }
    }

    @Test("a connection that ends while its history is read ends the reading, and nothing of it stays")
    func end() async throws {
        let layer = HistoryLayer { _, _, _ in try await Task.sleep(for: .seconds(3600)) }
        try await Self.withHistory(layer: layer) { front in
            // More than are read at a time: some wait for their turn.
            var clients: [RawClient] = []
            for _ in 0..<40 { clients.append(try await front.open("/history?last=\(clients.count)-1")) }
            try await eventually("reading begins") { layer.begun > 0 }
            try await eventually("all have joined") { try await layer.groupCount("room") == 40 }
            for client in clients { try await client.reset() }
            try await eventually("all reading ends") { layer.begun == layer.ended && layer.begun <= 40 }
            try await eventually("all have left") { try await layer.groupCount("room") == 0 }
            try await eventually("the front lets go of them") { front.front.connectionCount == 0 }
        }
    }

    @Test("those who wait to read the same history share its pages")
    func sharing() async throws {
        let gate = Gate()
        defer { gate.open() }
        let layer = HistoryLayer { _, _, _ in try await gate.pass() }
        try await layer.record(0..<50)
        try await Self.withHistory(layer: layer) { front in
            var clients: [RawClient] = []
            for _ in 0..<100 { clients.append(try await front.open("/history?newest=50")) }
            try await eventually("all have joined") { try await layer.groupCount("room") == 100 }
            gate.open()
            for client in clients {
                #expect(try await Self.texts(51, of: client) == (0..<50).map(String.init) + ["played"])
            }
            // Eight at a time on either loop, of one member each, and the others at once.
            #expect(layer.begun <= 20)
        }
    }

    @Test("leaving ends a playback; joining again with a start plays from there, without one only joins")
    func again() async throws {
        let layer = HistoryLayer()
        let first = try await layer.record(0..<1)
        try await layer.record(1..<3)
        try await Self.withHistory(layer: layer) { front in
            let client = try await front.open("/history?last=\(first)")
            #expect(try await Self.texts(3, of: client) == ["1", "2", "played"])
            try await client.send(text: "play \(first)")
            #expect(try await Self.texts(3, of: client) == ["1", "2", "played"])
            try await client.send(text: "join")
            #expect(try await client.text() == "joined")
            try await layer.record(3..<4)
            #expect(try await client.text() == "3")
            try await client.send(text: "leave")
            #expect(try await client.text() == "left")
            try await layer.record(4..<5)
            try await Self.expectQuiet(client)
            try await client.send(text: "play \(first)")
            #expect(try await Self.texts(5, of: client) == ["1", "2", "3", "4", "played"])
        }
    }

    @Test(
        "a history of many times the outbound limit closes no client that reads, and is not read for one that does not"
    )
    func long() async throws {
        let layer = HistoryLayer()
        let first = try await layer.record(0..<1)
        let padding = String(repeating: "x", count: 1 << 14)
        // More than the kernel keeps for both ends.
        let count = 800
        for number in 0..<count {
            try await layer.groupRecord(Message(type: "say", ["text": .string("\(number) \(padding)")]), to: "room")
        }
        try await Self.withHistory(.test(outboundLimit: 1 << 18), layer: layer) { front in
            let client = try await front.open("/history?last=\(first)", receiveBuffer: 1 << 14)
            try await client.setReading(false)
            // A quarter of the limit at a time.
            let pages = count * padding.utf8.count / (1 << 16)
            await #expect(throws: TestFailure.self) {
                try await eventually("all is read", within: .seconds(2)) { layer.ended >= pages / 2 }
            }
            try await client.setReading(true)
            for number in 0..<count { #expect(try await client.text() == "\(number) \(padding)") }
            #expect(try await client.text() == "played")
        }
    }

    @Test("one message over the outbound limit closes no client that reads")
    func large() async throws {
        let layer = HistoryLayer()
        let text = String(repeating: "x", count: 8 << 20)
        for _ in 0..<2 { try await layer.groupRecord(Message(type: "say", ["text": .string(text)]), to: "room") }
        try await Self.withHistory(.test(outboundLimit: 1 << 16), layer: layer) { front in
            let client = try await front.open("/history?newest=50", receiveBuffer: 1 << 14)
            for _ in 0..<2 { #expect(try await client.text().utf8.count == 8 << 20) }
            #expect(try await client.text() == "played")
        }
    }

    @Test("a client that reads slowly catches up with a group that is told something all the time")
    func slow() async throws {
        let layer = HistoryLayer()
        // More than the kernel keeps for both ends: no page is out at once.
        let padding = String(repeating: "x", count: 8 << 20)
        let rounds = 10
        @Sendable func message(_ number: Int) -> Message {
            Message(type: "say", ["text": .string("\(number) \(padding)")])
        }
        try await layer.groupRecord(message(0), to: "room")
        try await Self.withHistory(.test(outboundLimit: 1 << 28), layer: layer) { front in
            let client = try await front.open("/history?newest=50", receiveBuffer: 1 << 14)
            // As soon as a page is read, while it is on its way, another message comes.
            let recorder = Task {
                for round in 1...rounds {
                    let next = message(round)
                    while layer.ended < round { try await Task.sleep(for: .microseconds(200)) }
                    try await layer.groupRecord(next, to: "room")
                }
            }
            defer { recorder.cancel() }
            var seen: [String] = []
            while seen.last != "played" { try await seen.append(String(client.text().prefix { $0 != " " })) }
            #expect(layer.ended < rounds, "it read on for as long as anything came")
            let told = seen.dropLast()
            #expect(Array(told) == (0..<told.count).map(String.init))
            try await Self.expectQuiet(client)
        }
    }

    @Test("after a gap that the layer tells, ids that begin anew are heard by those who have read all")
    func anew() async throws {
        let layer = HistoryLayer()
        try await layer.record(0..<1)
        try await Self.withHistory(layer: layer) { front in
            let client = try await front.open("/history?newest=50")
            #expect(try await Self.texts(2, of: client) == ["0", "played"])
            let early = Message.say(1).identified(as: MessageID(milliseconds: 1, sequence: 0))
            layer.localGroupSend(early, to: "room")
            layer.localGroupSend(.historyGap, to: "room")
            layer.localGroupSend(early, to: "room")
            #expect(try await Self.texts(2, of: client) == ["gap", "1"])
            try await Self.expectQuiet(client)
        }
    }
}
