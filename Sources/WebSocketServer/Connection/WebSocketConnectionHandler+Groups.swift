import ChannelLayers
import Consumers
import CoreMetrics
import NIOCore

/// The groups of a connection.
extension WebSocketConnectionHandler {
    /// Joins a group; its history is played first if there is a start.
    ///
    /// A member that joins again with a start is played the history from there, as one that is new: what it is told
    /// meanwhile it gets from the history. Joining again without one leaves a playback as it is.
    func join(
        _ group: GroupName,
        as person: Person?,
        from start: HistoryStart? = nil,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    ) {
        guard !hasEnded, let context else {
            let message = "the connection ended before it joined \(group)"
            whenDone(.failure(ChannelLayerError(code: .closed, message: message)))
            return
        }
        let isNew = !groups.contains(group)
        if isNew { groups.append(group) }
        guard let start else {
            if isNew { loop.join(self, group: group) }
            loop.layer.groupAdd(name, to: group, as: person, whenDone: whenDone)
            return
        }
        playbacks[group]?.end("the connection joined \(group) anew")
        let playback = HistoryPlayback(of: group, to: self, from: start, whenDone: whenDone)
        playbacks[group] = playback
        // From now on what the group is told is noted, so that nothing is missed when the layer has taken the join.
        loop.play(self, group: group)
        let bound = NIOLoopBound(playback, eventLoop: context.eventLoop)
        loop.layer.groupAdd(name, to: group, as: person) { [eventLoop = context.eventLoop] result in
            if eventLoop.inEventLoop {
                bound.value.joined(result)
            } else {
                eventLoop.execute { bound.value.joined(result) }
            }
        }
    }

    func leave(_ group: GroupName) {
        guard let index = groups.firstIndex(of: group) else { return }
        groups.remove(at: index)
        loop.leave(self, group: group)
        loop.layer.groupDiscard(name, from: [group])
        playbacks.removeValue(forKey: group)?.end("the connection left \(group)")
    }

    func leaveAll() {
        for group in groups { loop.leave(self, group: group) }
        if !groups.isEmpty { loop.layer.groupDiscard(name, from: groups) }
        groups = []
        for (group, playback) in playbacks { playback.end("the connection ended while it joined \(group)") }
        playbacks = [:]
    }

    /// Messages to some groups may have been missed, maybe to one of this connection's.
    func tellGap(in concerned: Set<GroupName>) {
        let mine = groups.filter(concerned.contains)
        if !mine.isEmpty { deliver(.gap(mine)) }
    }

    // MARK: - History

    /// A playback has come to its end.
    func forget(_ playback: HistoryPlayback, of group: GroupName) {
        if playbacks[group] === playback { playbacks[group] = nil }
    }

    /// Writes the beginning of a page: so much that there is room for what else the client is sent, but at least one
    /// message.
    ///
    /// - Returns: How many of the messages were dealt with, how many bytes that is, and when they are out.
    func write(_ page: HistoryReads.Page) -> (count: Int, bytes: Int, written: EventLoopFuture<Void>) {
        let budget = loop.configuration.outboundLimit / 4
        var bytes = 0
        var count = 0
        // One behind, since the last one is flushed and waited for.
        var last: ByteBuffer?
        if let gap = page.gap { bytes += take(gap, &last) }
        for message in page.messages {
            bytes += take(message, &last)
            count += 1
            if bytes > budget || hasEnded { break }
        }
        guard !hasEnded, let last, let context else { return (count, bytes, loop.eventLoop.makeSucceededVoidFuture()) }
        FrontMetrics.framesSent.increment()
        return (count, bytes, context.writeAndFlush(wrapOutboundOut(last)))
    }

    /// Does what one message of a history asks for; returns how many bytes that is.
    private func take(_ delivery: GroupDelivery, _ last: inout ByteBuffer?) -> Int {
        switch delivery.outcome(for: kind) {
        case .write(let frame):
            writeWithoutFlush(last)
            last = frame
            return frame.readableBytes
        case .personal:
            receive(delivery.message)
        case .close(let code):
            writeWithoutFlush(last)
            last = nil
            close(code, reason: "")
        case .nothing:
            break
        }
        return 0
    }

    private func writeWithoutFlush(_ frame: ByteBuffer?) {
        guard let frame, let context else { return }
        FrontMetrics.framesSent.increment()
        context.write(wrapOutboundOut(frame), promise: nil)
    }
}
