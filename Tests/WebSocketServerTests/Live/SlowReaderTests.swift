import ChannelLayers
import Consumers
import Messages
import NIOCore
import Testing
import WebSocketServer

@Suite("Front: slow readers", .timeLimit(.minutes(2)))
struct SlowReaderTests {
    private static let size = 1 << 14
    /// More than the kernel keeps for both ends of a loopback connection with the outbound limit on top.
    private static let mostMessages = 2000

    @Test("a client that does not read is closed with 1013 at its bound, and the others get everything")
    func slowReader() async throws {
        let journal = Journal()
        try await withFront(.test(closeTimeout: .seconds(20), outboundLimit: 1 << 16), journal: journal) { front in
            let slow = try await front.open(in: "room")
            try await slow.setReading(false)
            let others = [try await front.open(in: "room"), try await front.open(in: "room")]
            var sent = 0
            while journal.endings.isEmpty {
                try #require(sent < Self.mostMessages, "the queue of a client that does not read has no bound")
                let text = "\(sent) " + String(repeating: "x", count: Self.size)
                try await front.layer.groupSend(Message(type: "say", ["text": .string(text)]), to: "room")
                for other in others { #expect(try await other.text() == text) }
                sent += 1
            }
            #expect(journal.endings == [.tryAgainLater])
            #expect(try await front.layer.groupCount("room") == 2)

            try await slow.setReading(true)
            for number in 0..<sent {
                let frame = try #require(try await slow.frame(), "the server has closed without a close frame")
                guard frame.opcode == .text else {
                    #expect(frame.opcode == .close)
                    #expect(try ClosePayload(frame.payload).code == .tryAgainLater)
                    return
                }
                #expect(frame.payload.readableBytes == "\(number) ".utf8.count + Self.size)
            }
            #expect(try await slow.closeFrame().code == .tryAgainLater)
        }
    }

    @Test("a client that sends pings and does not read the answers is closed at its bound too")
    func pings() async throws {
        let journal = Journal()
        try await withFront(.test(outboundLimit: 1 << 16), journal: journal) { front in
            let client = try await front.open()
            try await client.setReading(false)
            var pings = ByteBuffer()
            let ping = RawClient.frame(.ping, String(repeating: "p", count: 125))
            for _ in 0..<1000 { pings.writeImmutableBuffer(ping) }
            for _ in 0..<400 where journal.endings.isEmpty {
                // Once the server has closed it may fail, which is what is waited for.
                client.channel.writeAndFlush(pings, promise: nil)
                try await client.channel.eventLoop.submit {}.get()
            }
            #expect(try await journal.endings(1) == [.tryAgainLater])
        }
    }
}
