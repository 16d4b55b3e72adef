import ChannelLayers
import Consumers
import NIOCore
import NIOPosix
import Testing
import WebSocketServer

@Suite("Front: shutdown", .timeLimit(.minutes(2)))
struct ShutdownTests {
    @Test("every WebSocket is closed with 1012 and leaves its groups, then run() returns")
    func closesAll() async throws {
        let journal = Journal()
        try await withFront(.test(closeTimeout: .seconds(60)), journal: journal) { front in
            var clients: [RawClient] = []
            for _ in 0..<6 { clients.append(try await front.open(in: "room")) }
            await front.shutDown()
            for client in clients {
                #expect(try await client.closeFrame().code == .serviceRestart)
                try await client.send(close: .serviceRestart)
                try await client.end()
            }
            try await front.finish()
            #expect(try await front.layer.groupCount("room") == 0)
            #expect(journal.endings == Array(repeating: .serviceRestart, count: 6))
        }
    }

    @Test("a client that does not answer is dropped after the close timeout; run() returns when it is gone")
    func unanswered() async throws {
        let journal = Journal()
        try await withFront(journal: journal) { front in
            let client = try await front.open()
            let deaf = try await front.open(receiveBuffer: 4096)
            try await deaf.setReading(false)
            await front.shutDown()
            try await front.finish()
            #expect(try await client.closeFrame().code == .serviceRestart)
            try await client.end()
            #expect(try await deaf.closeFrame().code == .serviceRestart)
            try await deaf.end()
            #expect(journal.endings == [.serviceRestart, .serviceRestart])
        }
    }

    @Test("a cancelled front closes its WebSockets too before run() returns")
    func cancelled() async throws {
        try await withFront(.test(closeTimeout: .seconds(60))) { front in
            let client = try await front.open(in: "room")
            front.cancel()
            #expect(try await client.closeFrame().code == .serviceRestart)
            try await client.send(close: .serviceRestart)
            try await client.end()
            try await front.finish()
            #expect(try await front.layer.groupCount("room") == 0)
        }
    }

    @Test("run() waits for the closing handshakes")
    func waits() async throws {
        try await withFront(.test(closeTimeout: .seconds(60))) { front in
            let client = try await front.open()
            await front.shutDown()
            #expect(try await client.closeFrame().code == .serviceRestart)
            await #expect(throws: TestFailure.self) {
                try await front.finish(within: .milliseconds(500))
            }
            try await client.send(close: .serviceRestart)
            try await client.end()
            try await front.finish()
        }
    }

    @Test("connections that have sent nothing yet, and kept-alive ones, are closed; new ones are not taken")
    func others() async throws {
        try await withFront(.test(closeTimeout: .seconds(60))) { front in
            let lingering = try await front.open()
            let silent = try await front.connect()
            let idle = try await front.connect()
            try await idle.send(Requests.get("/healthz"))
            #expect(try await idle.reply()?.status == 200)
            await front.shutDown()
            try await silent.end()
            try await idle.end()
            try await eventually("new connections are refused or closed") {
                do {
                    let late = try await front.connect()
                    try await late.send(Requests.webSocket("/ws"))
                    let reply = try await late.reply()
                    return reply == nil
                } catch is NIOConnectionError {
                    return true
                } catch is IOError {
                    return true
                }
            }
            #expect(try await lingering.closeFrame().code == .serviceRestart)
            try await lingering.send(close: .serviceRestart)
            try await front.finish()
        }
    }
}
