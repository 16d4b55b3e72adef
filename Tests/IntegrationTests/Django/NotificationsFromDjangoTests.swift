import Messages
import Testing

/// What Django processes send to users who are connected to fronts, or will be.
@Suite("Notifications from Django")
struct NotificationsFromDjangoTests {
    private func request(_ text: String, for user: String = "ann") -> Message {
        let message: MessageMap = ["type": "websocket.send", "text": .string(text)]
        return Message(type: "group.send", ["group": .string("message.\(user)"), "message": .map(message)])
    }

    @Test("group_send of either layer reaches those who are connected now, in both wires", arguments: Wire.all)
    func groupSend(wire: Wire) async throws {
        try await withFronts(2, arguments: wire.options) { fronts in
            let plain = try await WebSocketClient.connect(fronts[0].webSocketOrigin + "/message/ann/stream/")
            var structured = NotificationClient("ann")
            try await structured.connect(fronts[1].webSocketOrigin)
            #expect(try await structured.next().type == "position")
            try await eventually("both have joined") { try await fronts.count("message.ann") == 2 }
            for kind in DjangoLayer.Kind.allCases {
                let configuration = DjangoLayer.Configuration(hosts: [fronts.redis.url], wire: wire)
                let django = try await DjangoLayer.start(kind, configuration)
                for text in ["by \(kind.rawValue)", #"{"title": "Zoë 🦊"}"#] {
                    let message = Message(type: "websocket.send", ["text": .string(text)])
                    try await django.groupSend(message, to: "message.ann")
                    #expect(try await plain.nextText() == text)
                    let frame = try await structured.next()
                    // What passes by the history has no place in it.
                    #expect(frame.text == text && frame.id == nil)
                }
                await django.stop()
            }
        }
    }

    @Test("What the core layer sends to the channel muster is delivered once, and kept for who comes back")
    func channel() async throws {
        try await withFronts(2) { fronts in
            let django = try await DjangoLayer.start(.core, .init(hosts: [fronts.redis.url]))
            let plain = try await WebSocketClient.connect(fronts[0].webSocketOrigin + "/message/ann/stream/")
            var structured = NotificationClient("ann")
            try await structured.connect(fronts[1].webSocketOrigin)
            _ = try await structured.next()
            try await eventually("both have joined") { try await fronts.count("message.ann") == 2 }

            // Bad ones cost the others nothing.
            try await django.send(Message(type: "group.send", ["group": "a b"]), to: "muster")
            try await django.send(Message(type: "hello"), to: "muster")
            try await django.send(request("first"), to: "muster")
            #expect(try await plain.nextText() == "first")
            #expect(try await structured.next().text == "first")
            await structured.drop()

            try await django.send(request("second"), to: "muster")
            #expect(try await plain.nextText() == "second")
            try await structured.connect(fronts[0].webSocketOrigin)
            let frame = try await structured.next()
            #expect(frame.text == "second" && frame.id != nil)
            #expect(try await plain.unreadCount == 0)
            var sent = 0.0
            for index in 0..<2 { sent += try await fronts.metric("muster_send_requests_total", of: index) }
            #expect(sent == 2)
            await django.stop()
        }
    }

    @Test("What is sent while no front runs waits in the channel for one that starts")
    func noFront() async throws {
        try await withTestRedis { redis in
            let django = try await DjangoLayer.start(.core, .init(hosts: [redis.url]))
            for number in 0..<5 { try await django.send(request("\(number)"), to: "muster") }
            let front = try await MusterFront.start(redis: redis.url)
            try await front.waitUntilReady()
            try await eventually("the channel is empty") {
                try await front.metric("muster_send_requests_total") == 5
            }
            let url = front.webSocketOrigin + "/message/ann/stream/?last=0-0"
            let client = try await WebSocketClient.connect(url)
            for number in 0..<5 { #expect(try await client.nextText() == "\(number)") }
            await front.stop()
            await django.stop()
        }
    }
}
