import ChannelLayers
import Consumers
import Messages
import MusterTesting
import Testing

@testable import Applications

struct ClockTests {
    private let layer = InMemoryChannelLayer()
    private let turned = HandTurnedClock(seconds: 1_732_219_200.5)

    private func ticker() -> Ticker {
        Ticker("clock", clock: turned.clock) { layer, second in
            layer.localGroupSend(Clock.message(at: second), to: Clock.group)
        }
    }

    private func connect(_ ticker: Ticker) async throws -> ConsumerCommunicator {
        let client = ConsumerCommunicator(layer: layer, scope: Scope(path: "/md_admin/test_websocket")) { _ in
            Clock(ticker: ticker)
        }
        try await client.connect()
        return client
    }

    @Test("Whoever connects hears the time at once, then each second, in exactly this shape")
    func hearsTheTime() async throws {
        let ticker = ticker()
        let client = try await connect(ticker)
        let shape = /\{"time": "\d{4}\.\d\d\.\d\d \d\d:\d\d:\d\d"\}/
        #expect(try await client.nextText().wholeMatch(of: shape) != nil)
        let other = try await connect(ticker)
        _ = try await other.nextText()
        for second in 1...3 {
            try await turned.waitForSleepers(1)
            turned.advance(by: 1)
            let expected = #"{"time": "\#(LocalTime.text(at: 1_732_219_200 + second))"}"#
            for client in [client, other] { #expect(try await client.nextText() == expected) }
        }
        #expect(await client.receivesNothing(for: .milliseconds(10)))
        for client in [client, other] { try await client.disconnect() }
    }

    @Test(
        "The timer ends when the last has gone, in whatever way",
        arguments: [CloseCode.normal, .goingAway, .abnormal, .internalError]
    )
    func timerEnds(code: CloseCode) async throws {
        let ticker = ticker()
        let first = try await connect(ticker)
        let second = try await connect(ticker)
        try await turned.waitForSleepers(1)
        try await first.disconnect()
        turned.advance(by: 1)
        try await turned.waitForSleepers(1)
        try await second.disconnect(code)
        turned.advance(by: 1)
        try await ticker.waitForEnd()
        #expect(try await layer.groupCount(Clock.group) == 0)
    }

    @Test("A consumer that was never told of its end listens no longer either")
    func dropped() async throws {
        let ticker = ticker()
        var listening: Ticker.Listening? = ticker.listen(on: layer)
        try await turned.waitForSleepers(1)
        listening = nil
        turned.advance(by: 1)
        try await ticker.waitForEnd()
        #expect(listening == nil)
    }

    @Test("What clients send is ignored, and other messages are unknown")
    func ignores() async throws {
        let client = try await connect(ticker())
        _ = try await client.nextText()
        try await client.send("hello")
        try await client.send([0xFF])
        try await layer.groupSend(Message(type: "chat", ["text": "hello"]), to: Clock.group)
        #expect(await client.receivesNothing(for: .milliseconds(10)))
        #expect(client.closeCode == nil)
        try await client.disconnect()
    }

    @Test("The time is written with two digits each")
    func text() {
        // Whatever the zone: minutes may differ, the shape does not.
        for second in [0, 1_732_219_200, 4_102_444_799] {
            #expect(LocalTime.text(at: second).wholeMatch(of: /\d{4}\.\d\d\.\d\d \d\d:\d\d:\d\d/) != nil)
        }
    }
}
