import ChannelLayers
import Consumers
import NIOCore
import Testing
import WebSocketServer

@Suite("Front: consumers that take too long", .timeLimit(.minutes(2)))
struct ConsumerTimeLimitTests {
    @Test(
        "a hung handler costs its connection a close with 1011 and its place in the group, whether or not it gives up",
        arguments: ["sleep", "hang"]
    )
    func hung(how: String) async throws {
        let (journal, gate) = (Journal(), Gate())
        defer { gate.open() }
        try await withFront(
            .test(consumerTimeout: .seconds(1)),
            routes: { try $0.add("/slow") { _ in SlowConsumer(journal: journal, gate: gate) } },
            { front in
                let client = try await front.open("/slow")
                #expect(try await client.text() == "joined")
                let other = try await front.open(in: "room")
                #expect(try await front.layer.groupCount("room") == 2)
                try await client.send(text: how)
                try await client.send(text: "not handled any more")
                #expect(
                    try await client.closeFrame()
                        == ClosePayload(code: .internalError, reason: "the server took too long")
                )
                #expect(try await front.layer.groupCount("room") == 1)
                // Its answer is read although the consumer is busy.
                try await client.send(close: .internalError)
                try await client.end()
                gate.open()
                #expect(try await journal.endings(1) == [.internalError])
                #expect(journal.entries == [.connected, .text(how), .disconnected(.internalError)])
                try await other.send(text: "untouched")
                #expect(try await other.text() == "untouched")
            }
        )
    }

    @Test("a consumer that waits to join may take longer, and has its whole time afterwards")
    func joining() async throws {
        let (journal, gate) = (Journal(), Gate())
        defer { gate.open() }
        try await withFront(.test(consumerTimeout: .seconds(1)), layer: LateLayer(gate: gate), journal: journal) {
            front in
            let client = try await front.open("/ws?room")
            let watched = try await front.open()
            // Three of the clock's looks, each of which would find it too late.
            for number in 0..<3 {
                try await watched.send(text: "\(number)")
                #expect(try await watched.text() == "\(number)")
                try await Task.sleep(for: .seconds(1))
            }
            gate.open()
            #expect(try await client.text() == "joined")
        }
    }
}

/// Joins a group, and then does not come back from `sleep` before it is cancelled, nor from `hang` before its gate opens.
private struct SlowConsumer: Consumer {
    let journal: Journal
    let gate: Gate

    func connected(_ connection: Connection) async throws {
        journal.add(.connected, channel: connection.channel)
        try await connection.join("room")
        connection.send(.text("joined"))
    }

    func received(_ text: String, on connection: Connection) async throws {
        journal.add(.text(text), channel: connection.channel)
        if text == "sleep" { try await Task.sleep(for: .seconds(600)) }
        if text == "hang" { try await gate.pass() }
    }

    func disconnected(_ connection: Connection, code: CloseCode) async throws {
        journal.add(.disconnected(code), channel: connection.channel)
    }
}
