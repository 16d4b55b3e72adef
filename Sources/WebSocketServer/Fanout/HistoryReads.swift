import ChannelLayers
import DequeModule
import Logging
import NIOCore

/// The reading of histories for the connections of one event loop: few at a time, and once for all who wait for the
/// same, as those do that come back to one room after a restart.
///
/// Confined to its event loop.
final class HistoryReads {
    struct Request: Hashable {
        let group: GroupName
        let start: HistoryStart
        let limit: Int
    }

    /// A page on its way to those who asked for it, each message rendered once for all of them.
    struct Page {
        let page: HistoryPage
        let gap: GroupDelivery?
        let messages: [GroupDelivery]
    }

    /// What is read, or is to be.
    final class Read {
        fileprivate let request: Request
        fileprivate var waiters: [ObjectIdentifier: HistoryPlayback] = [:]
        fileprivate var task: Task<Void, Never>?

        fileprivate init(_ request: Request) {
            self.request = request
        }
    }

    /// Pages that may be on their way at a time: the bound on what they hold.
    private static let parallel = 8

    private let layer: any ChannelLayer
    private let eventLoop: any EventLoop
    private let logger: Logger
    /// Those that have not begun; only they take further waiters, which must miss nothing that is sent from now on.
    private var waiting: [Request: Read] = [:]
    private var queue: Deque<Read> = []
    private var running = 0

    init(layer: any ChannelLayer, eventLoop: any EventLoop, logger: Logger) {
        self.layer = layer
        self.eventLoop = eventLoop
        self.logger = logger
    }

    /// Reads a page for a playback, later.
    func read(_ request: Request, for playback: HistoryPlayback) -> Read {
        let read = waiting[request] ?? Read(request)
        read.waiters[ObjectIdentifier(playback)] = playback
        if waiting.updateValue(read, forKey: request) == nil {
            queue.append(read)
            startNext()
        }
        return read
    }

    /// A playback that has ended waits no more.
    func remove(_ playback: HistoryPlayback, from read: Read) {
        read.waiters[ObjectIdentifier(playback)] = nil
        guard read.waiters.isEmpty else { return }
        read.task?.cancel()
        if waiting[read.request] === read { waiting[read.request] = nil }
        // A read that nobody wants any more is passed over in its turn, but they must not pile up until then.
        if queue.count > 2 * waiting.count + 16 { queue.removeAll { $0.waiters.isEmpty } }
    }

    private func startNext() {
        while running < Self.parallel, let read = queue.popFirst() {
            guard !read.waiters.isEmpty else { continue }
            waiting[read.request] = nil
            running += 1
            start(read)
        }
    }

    private func start(_ read: Read) {
        let request = read.request
        let bound = NIOLoopBound((self, read), eventLoop: eventLoop)
        read.task = Task { [layer, eventLoop] in
            let result: Result<HistoryPage, ChannelLayerError>
            do throws(ChannelLayerError) {
                let page = try await layer.history(of: request.group, from: request.start, limit: request.limit)
                result = .success(page)
            } catch {
                result = .failure(error)
            }
            eventLoop.execute {
                let (reads, read) = bound.value
                reads.finish(read, result)
            }
        }
    }

    private func finish(_ read: Read, _ result: Result<HistoryPage, ChannelLayerError>) {
        running -= 1
        startNext()
        let waiters = read.waiters.values
        let page = result.map { page in
            Page(
                page: page,
                gap: page.hasGap ? GroupDelivery(.historyGap, logger: logger) : nil,
                messages: page.messages.map { GroupDelivery($0, logger: logger) }
            )
        }
        for playback in waiters { playback.take(page) }
    }
}
