import ChannelLayers
import CoreMetrics
import Logging
import Messages
import Redis

/// Hands over what the relay of one host has missed of groups that keep a history.
///
/// A few groups at a time, each page by page; what is heard meanwhile comes after it, see `Playback`.
struct CatchUp: Sendable {
    private static let groupsAtOnce = 8
    private static let pageLength = 200
    /// How long a history that cannot be read is asked for: the connection for commands may be made anew with the relay.
    private static let patience = Duration.seconds(10)
    private static let pause = Duration.milliseconds(100)

    let host: Int
    let inbound: Inbound
    let context: LayerContext

    private var reader: HistoryReader { HistoryReader(context: context) }

    /// Works until the task is cancelled.
    func run() async {
        await context.catchingUp[host].run {
            while !Task.isCancelled {
                let turns = change { $0.takeTurns(limit: Self.groupsAtOnce) }
                guard !turns.isEmpty else { return nil }
                await withDiscardingTaskGroup { tasks in
                    for turn in turns { tasks.addTask { await self.catchUp(turn) } }
                }
            }
            return nil
        }
    }

    private func catchUp(_ turn: HistoryFollowing.Turn) async {
        var next = HistoryFollowing.Next.readOn(turn)
        while case .readOn(let turn) = next {
            guard let page = await page(turn) else {
                guard !Task.isCancelled, change({ $0.giveUp(turn) }) else { return }
                inbound.handOver(.historyGap, to: turn.group)
                next = .done
                break
            }
            guard change({ $0.take(page, in: turn) }) else { return }
            if page.hasGap { inbound.handOver(.historyGap, to: turn.group) }
            for message in page.messages { inbound.handOver(message, to: turn.group) }
            LayerMetrics.caughtUp.increment(by: page.messages.count)
            next = change { $0.handedOver(page, in: turn) }
        }
        if next == .done { inbound.attached?.receive(.historyCaughtUp, group: turn.group, excluding: nil) }
    }

    /// Reads a page, again and again for a while; `nil` if it cannot be read, or is not wanted any more.
    private func page(_ turn: HistoryFollowing.Turn) async -> HistoryPage? {
        let end = ContinuousClock.now + Self.patience
        while true {
            do throws(ChannelLayerError) {
                return try await reader.page(of: turn.group, from: .after(turn.start), limit: Self.pageLength)
            } catch {
                guard change({ $0.isOn(turn) }) else { return nil }
                guard error.code == .unavailable, ContinuousClock.now < end else {
                    context.warn(.historyUnread, key: context.hosts.keys.history(of: turn.group), error.message)
                    return nil
                }
            }
            do {
                try await Task.sleep(for: Self.pause)
            } catch {
                return nil
            }
        }
    }

    private func change<Result: Sendable>(_ body: (inout HistoryFollowing) -> Result) -> Result {
        context.state.withLock { body(&$0.hosts[host].following) }
    }
}
