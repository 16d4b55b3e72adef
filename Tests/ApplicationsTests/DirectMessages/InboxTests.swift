import ChannelLayers
import MusterTesting
import Testing

@testable import Applications

struct InboxTests {
    private let limits = InboxLimits(count: 5, age: .seconds(60), repeats: .seconds(10))
    private let start = ContinuousClock.now

    private func moment(_ seconds: Double) -> Inbox.Moment {
        Inbox.Moment(milliseconds: UInt64(1_000_000 + seconds * 1000), instant: start + .seconds(seconds))
    }

    private func draft(_ text: String, from sender: String = "ann", client: String? = nil) throws -> DirectMessageDraft
    {
        DirectMessageDraft(
            sender: try UserName(sender),
            receiver: try UserName("bob"),
            text: text,
            clientID: client
        )
    }

    @Test("Ids grow also while the clock stands still or goes back")
    func ids() throws {
        var inbox = Inbox(now: moment(0))
        var ids: [MessageID] = []
        for seconds in [5.0, 5, 3, 6] {
            let now = Inbox.Moment(milliseconds: UInt64(seconds * 1000), instant: start)
            guard case .stored(let id) = inbox.store(try draft("x"), limits, now: now).receipt else { continue }
            ids.append(id)
        }
        #expect(ids.map(\.description) == ["5000-0", "5000-1", "5000-2", "6000-0"])
    }

    @Test("What goes is counted by its reason, as missing, and off its sender's count")
    func limitsHold() throws {
        var inbox = Inbox(now: moment(0))
        for number in 0..<7 {
            let dropped = inbox.store(try draft("\(number)", from: number < 3 ? "ann" : "zoe"), limits, now: moment(0))
                .1
            #expect(dropped == Inbox.Dropped(byCount: number < 5 ? 0 : 1))
        }
        #expect(try inbox.unread == [UserName("ann"): 1, UserName("zoe"): 4])
        #expect(inbox.missing == 2)
        #expect(inbox.trim(limits, now: moment(60)) == Inbox.Dropped())
        _ = inbox.store(try draft("late"), limits, now: moment(60))
        #expect(inbox.trim(limits, now: moment(60.5)) == Inbox.Dropped(byAge: 4))
        #expect(try inbox.unread == [UserName("ann"): 1])
        #expect(inbox.missing == 7)
        #expect(inbox.page(after: .zero, limit: 9).messages.map(\.draft.text) == ["late"])
    }

    @Test("A client id is known for as long as is said, and no more are known than a memory has room for")
    func repeats() throws {
        var inbox = Inbox(now: moment(0))
        let first = inbox.store(try draft("x", client: "c"), limits, now: moment(0)).receipt
        guard case .stored(let id) = first else { throw TestFailure.notStored }
        #expect(inbox.store(try draft("x", client: "c"), limits, now: moment(10)).receipt == .storedBefore(id))
        #expect(inbox.store(try draft("x", client: "c"), limits, now: moment(10.5)).receipt != .storedBefore(id))
        for number in 0..<Inbox.mostRepeats + 3000 {
            _ = inbox.store(try draft("x", client: "\(number)"), limits, now: moment(11))
            guard inbox.repeatsKnown <= Inbox.mostRepeats else { throw TestFailure.tooMany }
        }
        #expect(inbox.repeatsKnown == Inbox.mostRepeats)
        let newest = "\(Inbox.mostRepeats + 2999)"
        guard case .storedBefore = inbox.store(try draft("x", client: newest), limits, now: moment(12)).receipt else {
            throw TestFailure.notStored
        }
    }

    @Test("Whatever happens, the counts are what is in the inbox, and nothing goes that is within the limits")
    func property() throws {
        for seed in 0..<200 as Range<UInt64> {
            var (random, seconds) = (SeededGenerator(seed: seed), 0.0)
            var inbox = Inbox(now: moment(0))
            var stored = 0
            var (taken, known) = (0, 0)
            for _ in 0..<150 {
                seconds += Double.random(in: 0...8, using: &random)
                let now = moment(seconds)
                let before = inbox.page(after: .zero, limit: 1000).messages
                switch Int.random(in: 0..<8, using: &random) {
                case 0:
                    inbox.acknowledge(before.map(\.id).filter { _ in Bool.random(using: &random) }, now: now)
                    taken += before.count - inbox.page(after: .zero, limit: 1000).messages.count
                case 1:
                    guard let message = before.randomElement(using: &random) else { continue }
                    inbox.read(from: message.draft.sender, upTo: message.id, now: now)
                    taken += before.count - inbox.page(after: .zero, limit: 1000).messages.count
                case 2:
                    let told = Int.random(in: -1...4, using: &random)
                    known = max(known, min(inbox.lost, inbox.lost - 2 + told))
                    inbox.acknowledgeMissing(upTo: inbox.lost - 2 + told, now: now)
                case 3: _ = inbox.trim(limits, now: now)
                default:
                    let sender = ["ann", "zoe", "eve"].randomElement(using: &random) ?? "ann"
                    _ = inbox.store(try draft("x", from: sender), limits, now: now)
                    stored += 1
                }
                let page = inbox.page(after: .zero, limit: 1000)
                let counts = page.messages.reduce(into: UnreadCounts()) { $0[$1.draft.sender, default: 0] += 1 }
                #expect(page.unread == counts, "seed \(seed)")
                #expect(page.messages.count <= limits.count, "seed \(seed)")
                #expect(page.messages.count + inbox.lost + taken == stored, "seed \(seed)")
                #expect(inbox.missing == inbox.lost - known, "seed \(seed)")
            }
        }
    }

    private enum TestFailure: Error {
        case notStored, tooMany
    }
}
