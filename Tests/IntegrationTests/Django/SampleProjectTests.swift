import Messages
import Testing

/// The sample Django project by itself, without a front.
@Suite("Harness: the sample Django project")
struct SampleProjectTests {
    @Test("Its consumer counts who is online")
    func onlineNumber() async throws {
        try await withTestRedis { redis in
            try await withSampleProject(.start(hosts: [redis.url], workers: 0)) { project in
                let first = try await WebSocketClient.connect(project.webSocketURL())
                #expect(try await first.nextText() == #"{"message": "1"}"#)
                let second = try await WebSocketClient.connect(project.webSocketURL())
                #expect(try await first.nextText() == #"{"message": "2"}"#)
                #expect(try await second.nextText() == #"{"message": "2"}"#)
                try await second.close()
                #expect(try await first.nextText() == #"{"message": "1"}"#)
                #expect(try await redis.cli("zcard", "asgi:group:users") == "1")
            }
        }
    }

    @Test("Its worker accepts, joins, echoes and closes by way of the reply channel", arguments: Wire.all)
    func worker(wire: Wire) async throws {
        try await withTestRedis { redis in
            try await withSampleProject(.start(hosts: [redis.url], wire: wire)) { project in
                let front = try await DjangoLayer.start(.core, .init(hosts: [redis.url], wire: wire))
                let reply = try await front.newChannel()
                func tell(_ type: String, _ fields: MessageMap) async throws {
                    let common: MessageMap = ["reply_channel": .string(reply), "path": "/worker/blue/"]
                    try await front.send(Message(type: type, common.merging(fields) { _, new in new }), to: "jobs")
                }
                try await tell("websocket.connect", ["headers": [], "arguments": ["room": "blue"], "order": 0])
                #expect(try await front.receive(reply) == Message(type: "websocket.accept"))
                #expect(try await front.receive(reply) == Message(type: "group.add", ["group": "blue"]))
                try await tell("websocket.receive", ["text": "hello", "order": 1])
                #expect(try await front.receive(reply) == Message(type: "websocket.send", ["text": "hello"]))
                if wire.serializer == .messagePack {
                    try await tell("websocket.receive", ["bytes": .bytes([1, 2]), "order": 2])
                    let echo = Message(type: "websocket.send", ["bytes": .bytes([1, 2])])
                    #expect(try await front.receive(reply) == echo)
                }
                try await tell("websocket.receive", ["text": "close", "order": 3])
                #expect(try await front.receive(reply) == Message(type: "websocket.close", ["code": 4000]))
                try await tell("websocket.disconnect", ["code": 4000, "order": 4])
                for worker in project.workers { #expect(worker.isRunning) }
                await front.stop()
            }
        }
    }
}
