import NIOCore
import Testing
import WebSocketServer

@Suite("Front: messages", .timeLimit(.minutes(2)))
struct EchoTests {
    @Test("text, binary and empty messages come back as they were sent")
    func echo() async throws {
        try await withFront { front in
            let client = try await front.open()
            try await client.send(text: "zwölf €")
            #expect(try await client.text() == "zwölf €")
            try await client.send(text: "")
            #expect(try await client.text() == "")
            try await client.send(FrameEncoder.frame(.binary, payload: [0, 0xFF, 0x80], mask: 7))
            #expect(try await client.frame() == Frame(.binary, [0, 0xFF, 0x80]))
        }
    }

    @Test("a message in fragments is one message, and a ping between them is answered at once")
    func fragments() async throws {
        try await withFront { front in
            let client = try await front.open()
            try await client.send(RawClient.frame(.text, "one ", fin: false))
            try await client.send(RawClient.frame(.ping, "there?"))
            #expect(try await client.frame() == Frame(.pong, Array("there?".utf8)))
            try await client.send(RawClient.frame(.continuation, "two ", fin: false))
            try await client.send(RawClient.frame(.continuation, "three"))
            #expect(try await client.text() == "one two three")
        }
    }

    @Test("a frame that comes byte by byte is a frame")
    func trickle() async throws {
        try await withFront { front in
            let client = try await front.open()
            try await client.channel.setOption(.tcpOption(.tcp_nodelay), value: 1).get()
            for byte in RawClient.frame(.text, "slowly").readableBytesView {
                try await client.send(ByteBuffer(bytes: [byte]))
            }
            #expect(try await client.text() == "slowly")
        }
    }

    @Test("many messages in one segment come back in order")
    func burst() async throws {
        try await withFront { front in
            let client = try await front.open()
            var bytes = ByteBuffer()
            for number in 0..<500 { bytes.writeImmutableBuffer(RawClient.frame(.text, "\(number)")) }
            try await client.send(bytes)
            for number in 0..<500 { #expect(try await client.text() == "\(number)") }
        }
    }

    @Test("the longest message that is taken can be sent too")
    func longest() async throws {
        let limit = 1 << 18
        try await withFront(.test(outboundLimit: limit, maximumMessageLength: limit)) { front in
            let client = try await front.open()
            let message = String(repeating: "x", count: limit)
            for _ in 0..<3 {
                try await client.send(text: message)
                #expect(try await client.text() == message)
            }
        }
    }
}
