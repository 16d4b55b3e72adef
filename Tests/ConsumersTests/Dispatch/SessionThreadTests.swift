import ChannelLayers
import Consumers
import Dispatch
import Foundation
import Synchronization
import Testing

@testable import MusterTesting

struct SessionThreadTests {
    @Test(
        "Events from several threads are each handled once, one at a time, every thread's in order",
        .timeLimit(.minutes(1)),
        arguments: [nil, Duration.seconds(50)]
    )
    func hammer(limit: Duration?) async {
        let (threads, events) = (4, 5000)
        let tally = Watched(Tally())
        let session = ConsumerKind { _ in CountingConsumer(tally: tally, total: threads * events) }
            .session(
                RecordingTransport(journal: Journal()).connection,
                limit: limit.map { limit in
                    // Looked at from a thread of its own, again and again, until it is idle.
                    ConsumerTimeLimit(duration: limit) { session, _ in
                        Thread.detachNewThread {
                            while session.look(now: .now) != nil { Thread.sleep(forTimeInterval: 0.0001) }
                        }
                    }
                }
            )
        session.onDrained { tally.update { $0.drained += 1 } }
        for thread in 0..<threads {
            Thread.detachNewThread {
                var wasFull = false
                for _ in 0..<events where session.deliver(.binary([UInt8(thread)])) == .full { wasFull = true }
                tally.update { [wasFull] tally in
                    tally.finishedThreads += 1
                    tally.wasFull = tally.wasFull || wasFull
                }
            }
        }
        let result = await tally.wait(timeout: .seconds(50)) { tally in
            tally.isComplete && tally.finishedThreads == threads ? tally : nil
        }
        #expect(result?.handled == threads * events)
        #expect(result?.perThread == Array(repeating: events, count: threads))
        #expect(result?.overlaps == 0)
        #expect(result.map { $0.drained > 0 } == result?.wasFull)
        // Idle again, with room: neither a wake-up nor the end of a full time was lost.
        let pressure = session.deliver(.text("after"))
        #expect(pressure == .open)
        #expect(await tally.wait(timeout: .seconds(10)) { $0.after == 1 ? () : nil } != nil)
    }

    @Test("After a suspension a handler goes on where the executor says, and so do the events behind it")
    func executor() async {
        let executor = QueueExecutor()
        let places = Journal()
        let gate = Gate()
        let session = ConsumerKind { _ in
            ScriptedConsumer { event, _ in
                if event == "first" { await gate.pass() }
                places.note("\(event) \(executor.isCurrent)")
            }
        }
        .session(RecordingTransport(journal: Journal()).connection, executor: executor)
        _ = session.deliver(.text("first"))
        _ = session.deliver(.text("second"))
        gate.open()
        #expect(await places.lines(count: 2) == ["first true", "second true"])
    }
}

/// What the consumer of the hammer saw.
private struct Tally: Sendable {
    var handled = 0
    var perThread = [0, 0, 0, 0]
    var overlaps = 0
    var drained = 0
    var wasFull = false
    var finishedThreads = 0
    var after = 0
    var isComplete = false
}

/// Suspends now and then, and finds out when two of its methods run at once.
private struct CountingConsumer: Consumer {
    let tally: Watched<Tally>
    let total: Int
    private let isBusy = Busy()
    private var counts = [0, 0, 0, 0]
    private var overlaps = 0

    init(tally: Watched<Tally>, total: Int) {
        self.tally = tally
        self.total = total
    }

    mutating func received(_ bytes: [UInt8], on connection: Connection) async throws {
        if isBusy.flag.exchange(true, ordering: .sequentiallyConsistent) { overlaps += 1 }
        counts[Int(bytes[0])] += 1
        let handled = counts.reduce(0, +)
        if handled % 7 == 0 { await Task.yield() }
        if !isBusy.flag.exchange(false, ordering: .sequentiallyConsistent) { overlaps += 1 }
        guard handled == total else { return }
        let (counts, overlaps) = (counts, overlaps)
        tally.update { tally in
            tally.handled = handled
            tally.perThread = counts
            tally.overlaps = overlaps
            tally.isComplete = true
        }
    }

    func received(_ text: String, on connection: Connection) async throws {
        tally.update { $0.after += 1 }
    }

    private final class Busy: Sendable {
        let flag = Atomic(false)
    }
}

/// Runs tasks on a queue of its own.
private final class QueueExecutor: TaskExecutor {
    private static let key = DispatchSpecificKey<Bool>()
    private let queue = DispatchQueue(label: "executor")

    init() {
        queue.setSpecific(key: Self.key, value: true)
    }

    var isCurrent: Bool { DispatchQueue.getSpecific(key: Self.key) == true }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        queue.async { job.runSynchronously(on: executor) }
    }
}
