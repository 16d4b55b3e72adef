import Messages
import MusterTesting
import Testing

@testable import ChannelLayers

private func id(_ number: Int) -> MessageID { MessageID(milliseconds: UInt64(number), sequence: 0) }

struct PlaybackTests {
    private static func page(_ numbers: Range<Int>, end: Int, isLast: Bool, hasGap: Bool = false) -> HistoryPage {
        let messages = numbers.map { Message(type: "t").identified(as: id($0)) }
        return HistoryPage(messages: messages, hasGap: hasGap, end: id(end), isLast: isLast)
    }

    @Test("What was heard before the last page ends is let go, what comes after it is delivered; then everything is")
    func following() {
        var playback = Playback.reading(newest: nil)
        #expect(playback.heard(nil) == .deliver)
        #expect(playback.heard(id(4)) == .letGo)
        #expect(playback.read(Self.page(1..<3, end: 2, isLast: false)) == .readOn(after: id(2)))
        #expect(playback.read(Self.page(3..<6, end: 5, isLast: true)) == .done)
        #expect(playback.heard(id(5)) == .letGo)
        #expect(playback.heard(nil) == .deliver)
        #expect(playback.heard(id(6)) == .deliver)
        #expect(playback == .live)
        #expect(playback.heard(id(1)) == .deliver)
    }

    @Test("A message that was let go while an empty page was on its way is read")
    func overtaken() {
        var playback = Playback.reading(newest: nil)
        #expect(playback.heard(id(1)) == .letGo)
        #expect(playback.read(Self.page(0..<0, end: 0, isLast: true)) == .readOn(after: id(0)))
        #expect(playback.read(Self.page(1..<2, end: 1, isLast: true)) == .done)
        #expect(playback.heard(id(2)) == .deliver)
    }

    @Test("What was let go and is in no history any more is not looked for again and again")
    func emptied() {
        var playback = Playback.reading(newest: nil)
        #expect(playback.heard(id(5)) == .letGo)
        #expect(playback.read(Self.page(0..<0, end: 0, isLast: true)) == .readOn(after: .zero))
        #expect(playback.read(Self.page(0..<0, end: 0, isLast: true)) == .done)
        #expect(playback.heard(id(6)) == .deliver)
    }

    /// One who records, a wire on which what was recorded is heard late, and one who reads pages that are late too.
    private struct World {
        var recorded: [Int] = []
        var onTheWire: [Int] = []
        var playback = Playback.reading(newest: nil)
        var delivered: [Int] = []
        /// What was read and is on its way; `nil` if no page was asked for.
        var page: HistoryPage?
        var start: MessageID? = .zero

        mutating func step(_ generator: inout SeededGenerator) {
            switch Int.random(in: 0..<3, using: &generator) {
            case 0 where recorded.count < 40:
                recorded.append(recorded.count + 1)
                onTheWire.append(recorded.count)
            case 1 where !onTheWire.isEmpty:
                let number = onTheWire.removeFirst()
                if playback.heard(id(number)) == .deliver { delivered.append(number) }
            default: read(&generator)
            }
        }

        mutating func read(_ generator: inout SeededGenerator) {
            if let page {
                delivered += page.messages.compactMap(\.id).map { Int($0.milliseconds) }
                self.page = nil
                start = if case .readOn(let end) = playback.read(page) { end } else { nil }
            } else if let start {
                let later = recorded.drop { id($0) <= start }
                let some = later.prefix(Int.random(in: 1...4, using: &generator))
                page = HistoryPage(
                    messages: some.map { Message(type: "t").identified(as: id($0)) },
                    hasGap: false,
                    end: (some.last ?? recorded.last).map { id($0) } ?? .zero,
                    isLast: some.count == later.count
                )
            }
        }
    }

    @Test(
        "Whenever messages are recorded, heard and read: each is delivered once, in order",
        arguments: [0, 1000, 2000]
    )
    func interleavings(_ first: UInt64) {
        for seed in first..<first + 1000 {
            let (delivered, recorded) = interleave(seed)
            #expect(delivered == recorded, "seed \(seed)")
        }
    }

    private func interleave(_ seed: UInt64) -> (delivered: [Int], recorded: [Int]) {
        var generator = SeededGenerator(seed: seed)
        var world = World()
        // What was there before.
        for number in 1...Int.random(in: 1...10, using: &generator) { world.recorded.append(number) }
        for _ in 0..<120 { world.step(&generator) }
        while world.page != nil || world.start != nil || !world.onTheWire.isEmpty {
            while !world.onTheWire.isEmpty {
                let number = world.onTheWire.removeFirst()
                if world.playback.heard(id(number)) == .deliver { world.delivered.append(number) }
            }
            world.read(&generator)
        }
        return (world.delivered, world.recorded)
    }
}
