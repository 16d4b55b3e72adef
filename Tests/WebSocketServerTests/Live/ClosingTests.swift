import ChannelLayers
import Consumers
import NIOCore
import Testing
import WebSocketServer

@Suite("Front: closing", .timeLimit(.minutes(2)))
struct ClosingTests {
    @Test(
        "the client closes: its code is echoed, the consumer is told it once, the groups are left",
        arguments: [1000, 1001, 3000, 4999] as [UInt16]
    )
    func clientCloses(number: UInt16) async throws {
        let code = CloseCode(rawValue: number)
        let journal = Journal()
        try await withFront(journal: journal) { front in
            let client = try await front.open(in: "room")
            var bytes = RawClient.frame(.text, "before")
            bytes.writeImmutableBuffer(FrameEncoder.frame(ClosePayload(code: code, reason: "bye"), mask: 1))
            bytes.writeImmutableBuffer(RawClient.frame(.text, "behind"))
            try await client.send(bytes)
            #expect(try await client.text() == "before")
            #expect(try await client.closeFrame().code == code)
            #expect(try await front.layer.groupCount("room") == 0)
            try await client.end()
        }
        #expect(journal.entries == [.connected, .text("before"), .disconnected(code)])
    }

    @Test("a close frame without a code is echoed so, and the consumer is told 1005")
    func withoutCode() async throws {
        let journal = Journal()
        try await withFront(journal: journal) { front in
            let client = try await front.open()
            try await client.send(close: .noStatus)
            #expect(try await client.closeFrame() == ClosePayload(code: .noStatus))
            try await client.end()
        }
        #expect(journal.endings == [.noStatus])
    }

    @Test("the consumer closes: the groups are left before the client answers, and what it still sends is ignored")
    func consumerCloses() async throws {
        let journal = Journal()
        try await withFront(journal: journal) { front in
            let client = try await front.open(in: "room")
            try await client.send(text: "close 4001")
            #expect(
                try await client.closeFrame() == ClosePayload(code: CloseCode(rawValue: 4001), reason: "as you wish")
            )
            #expect(try await front.layer.groupCount("room") == 0)
            try await client.send(text: "too late")
            try await client.send(close: CloseCode(rawValue: 4001))
            try await client.end()
        }
        #expect(journal.entries == [.connected, .text("close 4001"), .disconnected(CloseCode(rawValue: 4001))])
    }

    @Test("a client that does not answer a close frame is dropped after the close timeout")
    func unanswered() async throws {
        let journal = Journal()
        try await withFront(journal: journal) { front in
            let client = try await front.open()
            try await client.send(text: "close 4001")
            #expect(try await client.closeFrame().code == CloseCode(rawValue: 4001))
            try await client.end()
        }
        #expect(journal.endings == [CloseCode(rawValue: 4001)])
    }

    @Test("a consumer that throws ends its connection with 1011")
    func failure() async throws {
        let journal = Journal()
        try await withFront(journal: journal) { front in
            let client = try await front.open(in: "room")
            try await client.send(text: "fail")
            #expect(try await client.closeFrame().code == .internalError)
            #expect(try await front.layer.groupCount("room") == 0)
            try await client.send(close: .internalError)
            try await client.end()
        }
        #expect(journal.endings == [.internalError])
    }

    @Test("a consumer that throws when the connection opens ends it with 1011")
    func failureAtOnce() async throws {
        try await withFront { front in
            let client = try await front.open("/ws?not%20a%20group%20name")
            #expect(try await client.closeFrame().code == .internalError)
        }
    }

    @Test("a client that is gone without a word is 1006 to the consumer, and in no group", arguments: [true, false])
    func vanished(isReset: Bool) async throws {
        let journal = Journal()
        try await withFront(journal: journal) { front in
            let client = try await front.open(in: "room")
            if isReset { try await client.reset() } else { try await client.finishSending() }
            #expect(try await journal.endings(1) == [.abnormal])
            #expect(try await front.layer.groupCount("room") == 0)
            if !isReset { try await client.end() }
        }
        #expect(journal.endings == [.abnormal])
    }
}
