import Consumers
import NIOCore
import Synchronization
import Testing
import WebSocketServer

@Suite("Front: slow consumers", .timeLimit(.minutes(2)))
struct BackpressureTests {
    @Test("a consumer that takes its time stops the front from reading that socket, and loses nothing")
    func backpressure() async throws {
        try await withGatedFront { front, journal, gate in
            let client = try await front.open("/gated")
            let padding = String(repeating: "x", count: 1 << 16)
            let written = Mutex(0)
            var sent = 0
            var isHeldUp = false
            while !isHeldUp {
                // 128 MB: far more than the kernel keeps for both ends.
                try #require(sent < 2000, "the front reads on although its consumer is busy")
                let write = client.channel.eventLoop.makePromise(of: Void.self)
                write.futureResult.whenSuccess { written.withLock { $0 += 1 } }
                client.channel.writeAndFlush(RawClient.frame(.text, "\(sent) \(padding)"), promise: write)
                sent += 1
                isHeldUp = await !Self.isTrue(within: .seconds(1)) { written.withLock { $0 } == sent }
            }
            let other = try await front.open()
            try await other.send(text: "nobody else waits")
            #expect(try await other.text() == "nobody else waits")
            #expect(journal.entries == [.connected, .text("nobody else waits")])

            gate.open()
            try await eventually("all is handled") { journal.entries.count >= sent + 2 }
            #expect(journal.entries.dropFirst(2) == (0..<sent).map { .text("\($0) \(padding)") }[...])
        }
    }

    @Test("what came before a close frame or the client's end is handled, however late", arguments: [true, false])
    func backlog(hasCloseFrame: Bool) async throws {
        try await withGatedFront { front, journal, gate in
            let client = try await front.open("/gated")
            var bytes = ByteBuffer()
            for number in 0..<500 { bytes.writeImmutableBuffer(RawClient.frame(.text, "\(number)")) }
            if hasCloseFrame { bytes.writeImmutableBuffer(FrameEncoder.frame(ClosePayload(code: .normal), mask: 1)) }
            try await client.send(bytes)
            try await client.finishSending()
            // By now the front has seen the end: it is on the wire before what follows on the same event loops.
            for _ in 0..<2 {
                let other = try await front.open()
                try await other.send(text: "x")
                #expect(try await other.text() == "x")
            }
            gate.open()
            let code: CloseCode = hasCloseFrame ? .normal : .abnormal
            #expect(try await journal.endings(1) == [code])
            let handled = journal.entriesByChannel.values.filter { $0.contains(.disconnected(code)) }
            #expect(handled == [(0..<500).map { .text("\($0)") } + [.disconnected(code)]])
        }
    }

    @Test("a connection that is closed while its consumer is busy: what lies before the client's answer is thrown away")
    func closedWhileBusy() async throws {
        try await withGatedFront(.test(closeTimeout: .seconds(600))) { front, journal, gate in
            let client = try await front.open("/gated")
            var bytes = ByteBuffer()
            for number in 0..<500 { bytes.writeImmutableBuffer(RawClient.frame(.text, "\(number)")) }
            try await client.send(bytes)
            // By now the front has seen it, as above.
            for _ in 0..<2 {
                let other = try await front.open()
                try await other.send(text: "x")
                #expect(try await other.text() == "x")
                try await other.send(close: .normal)
            }
            await front.shutDown()
            #expect(try await client.closeFrame().code == .serviceRestart)
            try await client.send(text: "too late")
            try await client.send(close: .serviceRestart)
            try await client.end()
            try await front.finish()
            gate.open()
            #expect(try await journal.endings(3).last == .serviceRestart)
            let handled = journal.entriesByChannel.values.filter { $0.contains(.text("0")) }
            // One was being handled, and no more than a session holds were waiting.
            let entries = try #require(handled.first)
            #expect(handled.count == 1 && (2...66).contains(entries.count))
            let texts: [Journal.Entry] = (0..<(entries.count - 1)).map { .text("\($0)") }
            #expect(entries == texts + [.disconnected(.serviceRestart)])
        }
    }

    private func withGatedFront(
        _ configuration: FrontConfiguration = .test(),
        _ body: (FrontUnderTest, Journal, Gate) async throws -> Void
    ) async throws {
        let journal = Journal()
        let gate = Gate()
        defer { gate.open() }
        try await withFront(configuration, journal: journal, gate: gate) { front in
            try await body(front, journal, gate)
        }
    }

    private static func isTrue(within limit: Duration, _ condition: () -> Bool) async -> Bool {
        do {
            try await eventually("", within: limit, condition)
            return true
        } catch {
            return false
        }
    }
}
