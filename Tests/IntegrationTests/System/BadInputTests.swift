import NIOHTTP1
import Testing

/// Bad input from clients and from Redis, at a whole front.
@Suite("Bad input")
struct BadInputTests {
    @Test("Requests that cannot become a WebSocket get the status that says why")
    func refusedUpgrades() async throws {
        let front = try await MusterFront.start()
        let path = front.url + "/ws/online_number/"
        let handshake = [
            "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        ]
        func status(_ url: String, _ changes: [String: String?] = [:]) async throws -> Int {
            var fields = handshake
            for (name, value) in changes { fields[name] = value }
            return try await HTTPExchange.send(url, headers: .init(fields.map { ($0.key, $0.value) })).status
        }
        let plain = try await HTTPExchange.send(path)
        #expect(plain.status == 426)
        #expect(plain.headers["Upgrade"] == ["websocket"])
        #expect(try await HTTPExchange.send(front.url + "/nowhere").status == 404)
        #expect(try await status(front.url + "/nowhere/") == 404)
        #expect(try await status(path, ["Sec-WebSocket-Key": "short"]) == 400)
        #expect(try await status(path, ["Sec-WebSocket-Key": nil]) == 400)
        #expect(try await status(path, ["Connection": "close"]) == 400)
        #expect(try await status(path, ["Sec-WebSocket-Version": "8"]) == 426)
        #expect(try await front.get("/healthz").status == 200)
        await front.stop()
    }

    @Test(
        "Frames that break RFC 6455 close their own connection with the right code and no other",
        arguments: [
            (1002, [0x81, 0x02, 0x68, 0x69]),  // not masked
            (1002, [0xC1, 0x80, 0, 0, 0, 0]),  // a reserved bit
            (1002, [0x83, 0x80, 0, 0, 0, 0]),  // a reserved opcode
            (1007, [0x81, 0x82, 0, 0, 0, 0, 0xC3, 0x28]),  // not UTF-8
            (1009, [0x82, 0xFF, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0]),  // a gigabyte
        ] as [(UInt16, [UInt8])]
    )
    func brokenFrames(code: UInt16, bytes: [UInt8]) async throws {
        let front = try await MusterFront.start()
        let bystander = try await WebSocketClient.connect(front.webSocketURL())
        let client = try await WebSocketClient.connect(front.webSocketURL())
        _ = try await bystander.skipTexts(until: #"{"message": "2"}"#)
        try await client.send(rawBytes: bytes)
        #expect(try await client.waitForClose().code == code)
        #expect(try await bystander.nextText() == #"{"message": "1"}"#)
        await front.stop()
    }

    @Test("What is not a message on a relay channel is counted, logged once, and nothing else happens")
    func garbageOnTheRelay() async throws {
        try await withFronts(1) { fronts in
            let client = try await WebSocketClient.connect(fronts[0].webSocketURL())
            _ = try await client.nextText()
            // In Lua's decimal escapes: 0xc1, which is no MessagePack; an array, and a map without a type, which are no
            // messages; nothing; a map that announces four thousand million entries.
            for garbage in [#"\193"#, #"\147\1\2\3"#, #"\129\161a\1"#, "", #"\223\255\255\255\255"#] {
                let script = "return redis.call('PUBLISH', KEYS[1], '\(garbage)')"
                #expect(try await fronts.redis.cli("eval", script, "1", "asgi__group__users") == "1")
            }
            let counter = #"muster_messages_dropped_total{reason="bad_message"}"#
            try await eventually("five bad messages counted") { try await fronts.metric(counter, of: 0) == 5 }
            let lines = fronts[0].process.lines(of: .standardError).filter { $0.contains("not a message") }
            #expect(lines.count == 1)
            // The connection is as it was, and has seen none of it.
            let second = try await WebSocketClient.connect(fronts[0].webSocketURL())
            #expect(try await client.nextText() == #"{"message": "2"}"#)
            try await second.close()
        }
    }

    @Test("A key of the wrong type costs the join that needs it, not the front")
    func wrongTypeAtTheKey() async throws {
        try await withFronts(1) { fronts in
            _ = try await fronts.redis.cli("set", "asgi:group:users", "not a sorted set")
            let client = try await WebSocketClient.connect(fronts[0].webSocketURL())
            #expect(try await client.waitForClose().code == 1011)
            _ = try await fronts.redis.cli("del", "asgi:group:users")
            let second = try await WebSocketClient.connect(fronts[0].webSocketURL())
            #expect(try await second.nextText() == #"{"message": "1"}"#)
            #expect(try await fronts.count() == 1)
        }
    }
}
