import ChannelLayers
import Messages
import MusterTesting
import Synchronization
import Testing

@testable import Consumers

struct WorkerConsumerTests {
    private func client(
        _ layer: ScriptedLayer,
        scope: Scope = Scope(path: "/room/"),
        acceptTimeout: Duration = .seconds(60)
    ) throws -> ConsumerCommunicator {
        let jobs = try ChannelName("jobs")
        return ConsumerCommunicator(layer: layer, scope: scope) { _ in
            WorkerConsumer(worker: jobs, acceptTimeout: acceptTimeout, patience: .zero)
        }
    }

    @Test("A worker is told of the connection, of each message and of the end, numbered in order")
    func events() async throws {
        let layer = ScriptedLayer()
        let scope = Scope(
            path: "/room/blue/7",
            query: "a=1&b",
            headers: [("Host", "h"), ("X-Two", "1"), ("x-two", "2")],
            arguments: ["seat": "7", "room": "blue"],
            clientAddress: "192.0.2.1"
        )
        let client = try client(layer, scope: scope)
        try await client.connect()
        try await client.send("hello")
        try await client.send([0, 255])
        try await client.disconnect(.goingAway)
        let reply = MessageValue.string(client.channel.rawValue)
        let path: MessageValue = "/room/blue/7"
        #expect(
            await layer.sent(count: 4) == [
                Message(
                    type: "websocket.connect",
                    [
                        "reply_channel": reply, "path": path, "query_string": "a=1&b",
                        "headers": [["host", "h"], ["x-two", "1"], ["x-two", "2"]], "client": "192.0.2.1",
                        "arguments": ["room": "blue", "seat": "7"], "order": 0,
                    ]
                ),
                Message(
                    type: "websocket.receive",
                    ["reply_channel": reply, "path": path, "text": "hello", "order": 1]
                ),
                Message(
                    type: "websocket.receive",
                    ["reply_channel": reply, "path": path, "bytes": .bytes([0, 255]), "order": 2]
                ),
                Message(
                    type: "websocket.disconnect",
                    ["reply_channel": reply, "path": path, "code": 1001, "order": 3]
                ),
            ]
        )
    }

    @Test("An unknown client address is null")
    func unknownAddress() async throws {
        let layer = ScriptedLayer()
        try await client(layer).connect()
        #expect(await layer.sent(count: 1).first?["client"] == .null)
    }

    @Test("Frames of a worker go to the client, accepted or not; a close ends the connection")
    func answers() async throws {
        let layer = ScriptedLayer()
        let client = try client(layer)
        try await client.connect()
        try await layer.send(Message(type: "websocket.send", ["text": "early"]), to: client.channel)
        try await layer.send(Message(type: "websocket.accept"), to: client.channel)
        try await layer.send(Message(type: "websocket.send", ["bytes": .bytes([7])]), to: client.channel)
        #expect(try await client.nextText() == "early")
        #expect(try await client.nextFrame() == .binary([7]))
        try await layer.send(Message(type: "websocket.close", ["code": 4000]), to: client.channel)
        #expect(try await client.nextCloseCode() == CloseCode(rawValue: 4000))
        let end = await layer.sent(count: 2).last
        #expect(end?.type == "websocket.disconnect" && end?["code"] == 4000 && end?["order"] == 1)
    }

    @Test("A worker joins a connection to groups and takes it out; a bad name costs nothing")
    func groups() async throws {
        let layer = ScriptedLayer()
        let client = try client(layer)
        try await client.connect()
        try await layer.send(Message(type: "group.add", ["group": "no spaces"]), to: client.channel)
        try await layer.send(Message(type: "group.add", ["group": "blue"]), to: client.channel)
        try await layer.send(Message(type: "group.add", ["group": "red"]), to: client.channel)
        try await client.settle()
        #expect(try await layer.groupMembers("blue") == [client.channel])
        try await layer.groupSend(Message(type: "websocket.send", ["text": "to blue"]), to: "blue")
        #expect(try await client.nextText() == "to blue")
        try await layer.groupSend(Message(type: "group.discard", ["group": "blue"]), to: "red")
        try await client.settle()
        #expect(try await layer.groupCount("blue") == 0)
        #expect(try await layer.groupCount("red") == 1)
        #expect(client.closeCode == nil)
    }

    @Test("Without an answer in time a connection is closed with 1013, and the worker hears of that")
    func timeout() async throws {
        let layer = ScriptedLayer()
        let client = try client(layer, acceptTimeout: .milliseconds(20))
        try await client.connect()
        try await layer.send(Message(type: "websocket.send", ["text": "no answer yet"]), to: client.channel)
        #expect(try await client.nextCloseCode() == .tryAgainLater)
        let end = await layer.sent(count: 2).last
        #expect(end?.type == "websocket.disconnect" && end?["code"] == 1013)
    }

    @Test(
        "Each of these is an answer, also to a group: the connection outlives the time",
        arguments: [
            Message(type: "websocket.accept"), Message(type: "group.add", ["group": "blue"]),
            Message(type: "group.discard", ["group": "blue"]), Message(type: "group.add", ["group": "no spaces"]),
        ]
    )
    func answered(answer: Message) async throws {
        let layer = ScriptedLayer()
        let answered = try client(layer, acceptTimeout: .seconds(5))
        try await answered.connect()
        try await layer.send(answer, to: answered.channel)
        // The time of one that begins later ends later.
        let control = try client(layer, acceptTimeout: .milliseconds(5100))
        try await control.connect()
        #expect(try await control.nextCloseCode(timeout: .seconds(60)) == .tryAgainLater)
        #expect(answered.closeCode == nil)
    }

    @Test(
        "A connection that no worker can be told of is closed with 1013; of its end one hears only who may know of it",
        arguments: [(.channelFull, false), (.refused, false), (.unavailable, true)]
            as [(ChannelLayerError.Code, Bool)]
    )
    func noConnect(code: ChannelLayerError.Code, hearsOfEnd: Bool) async throws {
        let layer = ScriptedLayer { $0.type == "websocket.connect" ? code : nil }
        let client = try client(layer)
        try await client.connect()
        #expect(client.closeCode == .tryAgainLater)
        try await client.settle()
        let sent = await layer.sent(count: hearsOfEnd ? 1 : 0)
        #expect(sent.map(\.type) == (hearsOfEnd ? ["websocket.disconnect"] : []))
        #expect(sent.map { $0["order"] } == (hearsOfEnd ? [1] : []))
    }

    @Test(
        "A message that cannot be passed on ends the connection; nothing that follows it is passed on but the end",
        arguments: [
            (.channelFull, .tryAgainLater, 2), (.unavailable, .tryAgainLater, 3),
            (.invalidMessage, .unsupportedData, 2),
        ] as [(ChannelLayerError.Code, CloseCode, MessageValue)]
    )
    func noReceive(code: ChannelLayerError.Code, closeCode: CloseCode, order: MessageValue) async throws {
        let layer = ScriptedLayer { $0["text"] == "2" || $0["bytes"] != nil ? code : nil }
        let client = try client(layer)
        try await client.connect()
        try await client.send("1")
        if code == .invalidMessage { try await client.send([1]) } else { try await client.send("2") }
        #expect(try await client.nextCloseCode() == closeCode)
        try await client.settle()
        let sent = await layer.sent(count: 3)
        #expect(sent.map(\.type) == ["websocket.connect", "websocket.receive", "websocket.disconnect"])
        #expect(sent.last?["code"] == .integer(Int64(closeCode.rawValue)))
        #expect(sent.last?["order"] == order)
    }

    @Test("A full channel is tried again: a client that fills it does not cost others their connection")
    func patience() async throws {
        let refusals = Mutex(3)
        let layer = ScriptedLayer { message in
            guard message.type == "websocket.receive" else { return nil }
            return refusals.withLock { left in
                left -= 1
                return left >= 0 ? .channelFull : nil
            }
        }
        let journal = Journal()
        let transport = RecordingTransport(journal: journal)
        let channel = layer.newConnectionChannel()
        let connection = Connection(channel: channel, scope: Scope(path: "/"), layer: layer, transport: transport)
        var consumer = WorkerConsumer(
            worker: try ChannelName("jobs"),
            acceptTimeout: .seconds(60),
            patience: .seconds(60)
        )
        try await consumer.connected(connection)
        try await consumer.received("1", on: connection)
        #expect(await layer.sent(count: 2).map { $0["order"] } == [0, 1])
        #expect(journal.lines.isEmpty)
        try await consumer.disconnected(connection, code: .normal)
    }

    @Test("What waits behind a message that cannot be passed on is not passed on either")
    func nothingBehindAFailure() async throws {
        let layer = ScriptedLayer { $0["text"] == "1" ? .channelFull : nil }
        let journal = Journal()
        let jobs = try ChannelName("jobs")
        let transport = RecordingTransport(journal: journal)
        let channel = layer.newConnectionChannel()
        let scope = Scope(path: "/")
        let connection = Connection(channel: channel, scope: scope, layer: layer, transport: transport)
        var consumer = WorkerConsumer(worker: jobs, acceptTimeout: .seconds(60), patience: .zero)
        try await consumer.connected(connection)
        for text in ["1", "2"] { try await consumer.received(text, on: connection) }
        try await consumer.received([3], on: connection)
        try await consumer.disconnected(connection, code: .tryAgainLater)
        #expect(await layer.sent(count: 2).map(\.type) == ["websocket.connect", "websocket.disconnect"])
        #expect(journal.lines == ["close 1013 the workers are busy"])
    }
}
