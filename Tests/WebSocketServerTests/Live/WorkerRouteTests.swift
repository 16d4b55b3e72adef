import ChannelLayers
import Consumers
import Messages
import MusterTesting
import NIOCore
import Testing
import WebSocketServer

@Suite("Front: routes that workers answer", .timeLimit(.minutes(2)))
struct WorkerRouteTests {
    /// What the sample worker of a test does: takes every connection into the room of its path, echoes, and closes.
    private static let worker: ScriptedLayer.Worker = { message, layer in
        let client = try ChannelName(message["reply_channel"]?.stringValue ?? "")
        switch message.type {
        case "websocket.connect":
            try await layer.send(Message(type: "websocket.send", ["text": "early"]), to: client)
            try await layer.send(Message(type: "websocket.accept"), to: client)
            let room = message["arguments"]?["room"] ?? .null
            try await layer.send(Message(type: "group.add", ["group": room]), to: client)
        case "websocket.receive" where message["text"] == "close":
            let close = Message(type: "websocket.close", ["code": 4000, "reason": "as you wish"])
            try await layer.send(close, to: client)
        case "websocket.receive":
            try await layer.send(Message(type: "websocket.send", message.fields), to: client)
        default:
            break
        }
    }

    @Test("a worker takes a connection, joins it to a group, echoes and closes it")
    func story() async throws {
        let layer = ScriptedLayer(worker: Self.worker)
        try await withFront(
            layer: layer,
            routes: { try $0.add("/room/<room>/", worker: ChannelName("jobs")) },
            { front in
                let client = try await front.open("/room/blue/")
                #expect(try await client.text() == "early")
                try await eventually("the worker's group.add") { try await layer.groupCount("blue") == 1 }
                for number in 0..<100 { try await client.send(text: "\(number)") }
                for number in 0..<100 { #expect(try await client.text() == "\(number)") }
                try await layer.groupSend(Message(type: "websocket.send", ["text": "to all in blue"]), to: "blue")
                #expect(try await client.text() == "to all in blue")
                try await layer.groupSend(Message(type: "strange"), to: "blue")
                try await client.send(RawClient.frame(.binary, "bytes"))
                let echo = try #require(try await client.frame())
                #expect(echo.opcode == .binary && String(buffer: echo.payload) == "bytes")
                try await client.send(text: "close")
                let close = try await client.closeFrame()
                #expect(close.code == CloseCode(rawValue: 4000) && close.reason == "as you wish")
                #expect(try await layer.groupCount("blue") == 0)
            }
        )
    }

    @Test("a connection that no worker takes in time is closed with 1013")
    func nobody() async throws {
        try await withFront(
            layer: ScriptedLayer(),
            routes: { try $0.add("/room/", worker: ChannelName("jobs"), acceptTimeout: .milliseconds(200)) },
            { front in
                let close = try await front.open("/room/").closeFrame()
                #expect(close.code == .tryAgainLater && close.reason == "no worker took the connection")
            }
        )
    }
}
