import ChannelLayers
import Consumers
import NIOCore
import Testing
import WebSocketServer

@Suite("Front: clients that break the protocol", .timeLimit(.minutes(2)))
struct ProtocolViolationTests {
    @Test(
        "a violation is answered with its close code, and costs only its own connection",
        arguments: [
            (FrameEncoder.frame(.text, payload: ByteBuffer(string: "unmasked")), CloseCode.protocolError),
            (ByteBuffer(bytes: [0xC1, 0x80, 0, 0, 0, 0]), .protocolError),
            (ByteBuffer(bytes: [0x83, 0x80, 0, 0, 0, 0]), .protocolError),
            (ByteBuffer(bytes: [0x80, 0x80, 0, 0, 0, 0]), .protocolError),
            (ByteBuffer(bytes: [0x88, 0x81, 0, 0, 0, 0, 1]), .protocolError),
            (FrameEncoder.frame(.text, payload: [0x66, 0xC3, 0x28], mask: 1), .invalidPayload),
            (FrameEncoder.frame(.binary, payload: [UInt8](repeating: 0, count: 1001), mask: 1), .messageTooBig),
            (ByteBuffer(bytes: [0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]), .messageTooBig),
        ] as [(ByteBuffer, CloseCode)]
    )
    func violation(bytes: ByteBuffer, code: CloseCode) async throws {
        let journal = Journal()
        try await withFront(.test(maximumMessageLength: 1000), journal: journal) { front in
            let bystander = try await front.open()
            let client = try await front.open(in: "room")
            try await client.send(bytes)
            #expect(try await client.closeFrame().code == code)
            #expect(try await front.layer.groupCount("room") == 0)
            try await client.end()
            #expect(try await journal.endings(1) == [.abnormal])
            try await bystander.send(text: "what was that?")
            #expect(try await bystander.text() == "what was that?")
        }
    }

    @Test("fragments that are too long together are refused")
    func longFragments() async throws {
        try await withFront(.test(maximumMessageLength: 1000)) { front in
            let client = try await front.open()
            let half = String(repeating: "x", count: 600)
            try await client.send(RawClient.frame(.text, half, fin: false))
            try await client.send(RawClient.frame(.continuation, half))
            #expect(try await client.closeFrame().code == .messageTooBig)
        }
    }

    @Test("what a client goes on sending after a violation is ignored, and it still gets the close frame")
    func goesOn() async throws {
        let journal = Journal()
        try await withFront(journal: journal) { front in
            let client = try await front.open()
            var bytes = FrameEncoder.frame(.text, payload: ByteBuffer(string: "unmasked"))
            for _ in 0..<1000 { bytes.writeImmutableBuffer(RawClient.frame(.text, "and another thing")) }
            try await client.send(bytes)
            #expect(try await client.closeFrame().code == .protocolError)
            #expect(try await journal.endings(1) == [.abnormal])
            #expect(journal.entries == [.connected, .disconnected(.abnormal)])
        }
    }
}
