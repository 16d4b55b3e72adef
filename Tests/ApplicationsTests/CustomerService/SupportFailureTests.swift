import ChannelLayers
import Consumers
import Logging
import Messages
import MusterTesting
import Testing

@testable import Applications

/// Customer service when something is wrong, or busy.
struct SupportFailureTests {
    private let site = SupportSite()

    @Test("A version that is too great does not stop the desk: it is known anew in some rounds")
    func greatVersion() async throws {
        let (ann, mia) = try await site.talk()
        let wrong = DeskSnapshot(version: .max - 1, waiting: [], talks: [], staff: [], away: [])
        try await site.layer.groupSend(wrong.message, to: SupportFront.group)
        #expect(try await mia.next("gone")["customer"] == "ann")
        #expect(try await mia.next("talk")["customer"] == "ann")
        #expect(try await mia.next("queue", where: "staff", is: ["mia"]) != nil)
        try await mia.send(["type": "end", "customer": "ann"])
        #expect(try await ann.next("ended") == ["type": "ended"])
    }

    @Test("However often the desk changes, it is told some times a second, at first at once")
    func rate() async throws {
        let layer = CountingLayer(site.layer)
        let watch = DeskWatch(desk: site.desk, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let start = ContinuousClock.now
        for _ in 0..<50 {
            watch.tell(.everyone, on: layer)
            // The changes are to be spread over more than one interval of telling.
            try await Task.sleep(for: .milliseconds(10))
        }
        let most = Int(start.duration(to: .now) / DeskWatch.tellingInterval) + 1
        #expect((1...most).contains(layer.sent))
        // The last change was told, too.
        let count = layer.sent
        watch.tell(.everyone, on: layer)
        #expect(try await eventually { layer.sent > count })
    }

    @Test("What was done is not said to have failed when the transcript cannot be written, and who leaves is closed")
    func unwritten() async throws {
        let (ann, mia) = try await site.talk()
        let (bob, ben) = (try await site.customer("bob"), try await site.staff("ben"))
        site.layer.fail(with: ChannelLayerError(code: .refused, message: "for a test"))
        try await mia.send(["type": "take"])
        #expect(try await mia.passed(until: "talk").allSatisfy { $0["type"] != "error" })
        #expect(try await bob.next("talk")["staff"] == "mia")
        try await mia.send(["type": "hand_over", "customer": "bob", "staff": "ben"])
        #expect(try await mia.passed(until: "gone").allSatisfy { $0["type"] != "error" })
        #expect(try await ben.next("talk")["customer"] == "bob")
        try await ben.send(["type": "end", "customer": "bob"])
        #expect(try await ben.passed(until: "gone").allSatisfy { $0["type"] != "error" })
        try await ann.send(["type": "leave"])
        #expect(try await ann.client.nextCloseCode() == .normal)
        _ = try await mia.next("gone")
        _ = try await eventually { site.layer.failures >= 4 }
        #expect(site.layer.failures == 4)
    }
}
