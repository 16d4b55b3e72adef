import ChannelLayers
import CoreMetrics
import NIOCore

/// One connection's way through a group's history to the group itself.
///
/// It reads a page, writes of it as much as may wait for a client, waits until that is out, and asks for what comes after
/// it: a long history neither closes a client that reads nor is held for one that does not. The last page is not waited
/// for: what the group is told meanwhile stands behind it, so that a client that reads slowly catches up with a group that
/// is told something all the time. Confined to its event loop.
final class HistoryPlayback {
    typealias Completion = @Sendable (Result<Void, ChannelLayerError>) -> Void

    private static let longestPage = 100

    private let group: GroupName
    private weak var connection: WebSocketConnectionHandler?
    private var start: HistoryStart
    /// How many messages the next page asks for: about as many as can be written at a time.
    private var pageLength = longestPage
    /// Bytes that were written and are not out.
    private var unsent = 0
    /// What is being read.
    private var read: HistoryReads.Read?
    /// `nil` when the playback is over.
    private var whenDone: Completion?

    init(
        of group: GroupName,
        to connection: WebSocketConnectionHandler,
        from start: HistoryStart,
        whenDone: @escaping Completion
    ) {
        self.group = group
        self.connection = connection
        self.start = start
        self.whenDone = whenDone
    }

    /// The group is joined, or cannot be.
    func joined(_ result: Result<Void, ChannelLayerError>) {
        switch result {
        case .success: readOn()
        case .failure(let error): fail(error)
        }
    }

    private func readOn() {
        guard whenDone != nil, let connection else { return }
        let request = HistoryReads.Request(group: group, start: start, limit: start.pageLength(usual: pageLength))
        read = connection.loop.histories.read(request, for: self)
    }

    /// A page was read, or could not be.
    func take(_ result: Result<HistoryReads.Page, ChannelLayerError>) {
        read = nil
        guard whenDone != nil, let connection else { return }
        switch result {
        case .failure(let error):
            FrontMetrics.historyFailures.increment()
            fail(error)
        case .success(let page):
            if page.gap != nil { FrontMetrics.historyGaps.increment() }
            let (count, bytes, written) = connection.write(page)
            let isWhole = count == page.messages.count
            pageLength = isWhole ? min(pageLength * 2, Self.longestPage) : max(count, 1)
            let taken = isWhole ? page.page : page.page.cut(after: count)
            unsent += bytes
            // The other half is for what comes behind.
            let hasRoom = unsent <= connection.loop.configuration.outboundLimit / 2
            let isWaitedFor = !taken.isLast || !hasRoom
            if !isWaitedFor { sent(taken, connection, written) }
            written.assumeIsolated().whenComplete { [weak self] _ in
                guard let self else { return }
                unsent -= bytes
                if isWaitedFor, let connection = self.connection { sent(taken, connection, written) }
            }
        }
    }

    /// What was taken of a page is out, or there is room behind it; what was heard meanwhile can be read.
    private func sent(_ page: HistoryPage, _ connection: WebSocketConnectionHandler, _ written: EventLoopFuture<Void>) {
        guard whenDone != nil else { return }
        switch connection.loop.read(page, by: connection, in: group) {
        case .readOn(let end):
            start = .after(end)
            readOn()
        case .done:
            written.assumeIsolated().whenComplete { [weak self] _ in self?.finish() }
        case nil:
            // It has left the group, which has ended this.
            break
        }
    }

    /// All is read and out.
    private func finish() {
        connection?.forget(self, of: group)
        whenDone.take()?(.success(()))
    }

    private func fail(_ error: ChannelLayerError) {
        guard let whenDone = whenDone.take() else { return }
        connection?.leave(group)
        whenDone(.failure(error))
    }

    /// The connection has left the group, or joins it anew.
    func end(_ reason: String) {
        if let read { connection?.loop.histories.remove(self, from: read) }
        read = nil
        whenDone.take()?(.failure(ChannelLayerError(code: .closed, message: reason)))
    }
}

extension HistoryPage {
    /// The page's beginning; the rest has to be read again.
    fileprivate func cut(after count: Int) -> HistoryPage {
        let messages = Array(messages.prefix(count))
        return HistoryPage(messages: messages, hasGap: hasGap, end: messages.last?.id ?? end, isLast: false)
    }
}
