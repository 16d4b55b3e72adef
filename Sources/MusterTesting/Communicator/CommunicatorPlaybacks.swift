import ChannelLayers
import Synchronization

/// The groups whose history a communicator is sent, and those whose messages it may hear again after that.
final class CommunicatorPlaybacks: Sendable {
    typealias Completion = @Sendable (Result<Void, ChannelLayerError>) -> Void

    private struct Entry {
        /// Tells a playback from those before it in the same group.
        let number: Int
        var playback = Playback.reading(newest: nil)
        /// `nil` once it was called.
        var whenDone: Completion?
        var task: Task<Void, Never>?
    }

    private struct State {
        var entries: [GroupName: Entry] = [:]
        var nextNumber = 0
    }

    private let state = Mutex(State())

    /// Begins a playback, which ends an earlier one of the group; returns its number.
    func begin(_ group: GroupName, whenDone: @escaping Completion) -> Int {
        end([group], with: "another join of \(group) took the place of this one")
        return state.withLock { state in
            defer { state.nextNumber += 1 }
            state.entries[group] = Entry(number: state.nextNumber, whenDone: whenDone)
            return state.nextNumber
        }
    }

    /// Names the task that plays, to be cancelled when the playback ends; a playback that is over cancels it now.
    func run(_ task: Task<Void, Never>, for number: Int, of group: GroupName) {
        let isWanted = state.withLock { state in
            guard state.entries[group]?.number == number else { return false }
            state.entries[group]?.task = task
            return true
        }
        if !isWanted { task.cancel() }
    }

    /// Whether a playback has not ended.
    func isOn(_ number: Int, of group: GroupName) -> Bool {
        state.withLock { $0.entries[group]?.number == number }
    }

    /// What becomes of a message of a group that is heard now.
    func heard(_ id: MessageID?, in group: GroupName) -> Playback.Verdict {
        state.withLock { state in
            let verdict = state.entries[group]?.playback.heard(id) ?? .deliver
            if state.entries[group]?.playback == .live { state.entries[group] = nil }
            return verdict
        }
    }

    /// A page was read and taken; returns what comes next, `nil` if the playback has ended.
    func read(_ page: HistoryPage, for number: Int, of group: GroupName) -> Playback.Next? {
        state.withLock { state in
            guard state.entries[group]?.number == number else { return nil }
            return state.entries[group]?.playback.read(page)
        }
    }

    /// All is read: whoever waits is told; what is heard is still compared with what was read.
    func finish(_ number: Int, of group: GroupName) {
        let whenDone = state.withLock { state -> Completion? in
            guard state.entries[group]?.number == number else { return nil }
            state.entries[group]?.task = nil
            return state.entries[group]?.whenDone.take()
        }
        whenDone?(.success(()))
    }

    /// A playback cannot go on; returns whether it had not ended before.
    func fail(_ number: Int, of group: GroupName, with error: ChannelLayerError) -> Bool {
        let failed = state.withLock { state -> Entry? in
            guard state.entries[group]?.number == number else { return nil }
            return state.entries.removeValue(forKey: group)
        }
        failed?.whenDone?(.failure(error))
        return failed != nil
    }

    /// The connection is no longer in these groups, or in another way.
    func end(_ groups: some Sequence<GroupName>, with reason: String) {
        let ended = state.withLock { state in groups.compactMap { state.entries.removeValue(forKey: $0) } }
        for entry in ended {
            entry.task?.cancel()
            entry.whenDone?(.failure(ChannelLayerError(code: .closed, message: reason)))
        }
    }

    /// Messages may have been missed, and their ids may have gone back: what was read says no more about what is heard.
    func forgetEnds(in groups: some Sequence<GroupName>) {
        state.withLock { state in
            for group in groups {
                if case .following = state.entries[group]?.playback { state.entries[group] = nil }
            }
        }
    }
}
