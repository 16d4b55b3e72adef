public import ChannelLayers
import FoundationEssentials
import Synchronization

/// When users were last here, in this process' memory, for a front that is alone.
public final class InMemoryLastSeen: LastSeenStore {
    /// For how long a user is remembered.
    package static let lifetime = 30 * 86_400
    /// How many users are remembered at most, those who were here last.
    package static let mostUsers = 100_000

    private struct State {
        /// When each user was last here, in microseconds, so that the order is told too.
        var times: [UserName: Int] = [:]
        /// Who was here when, the oldest first from `first` on; one who came again later is there again.
        var notes: [(user: UserName, time: Int)] = []
        var first = 0
    }

    private let mostUsers: Int
    private let microseconds: @Sendable () -> Int
    private let state = Mutex(State())

    /// Makes a store.
    public convenience init() {
        self.init(mostUsers: Self.mostUsers) { Int(Date().timeIntervalSince1970 * 1_000_000) }
    }

    init(mostUsers: Int, microseconds: @escaping @Sendable () -> Int) {
        self.mostUsers = mostUsers
        self.microseconds = microseconds
    }

    /// How many notes are held.
    var noteCount: Int { state.withLock { $0.notes.count } }

    /// Notes that a user is here now.
    public func note(_ user: UserName) async throws(ChannelLayerError) {
        let now = microseconds()
        state.withLock { state in
            // A clock that goes back does not change the order.
            let time = max(now, (state.notes.last?.time ?? 0) + 1)
            state.times[user] = time
            state.notes.append((user, time))
            forget(&state, now: now)
        }
    }

    /// Tells who was here last.
    public func latest(_ limit: Int) async throws(ChannelLayerError) -> [LastSeen] {
        let now = microseconds()
        return state.withLock { state in
            forget(&state, now: now)
            var latest: [LastSeen] = []
            for note in state.notes[state.first...].reversed() where state.times[note.user] == note.time {
                latest.append(LastSeen(user: note.user, seconds: note.time / 1_000_000))
                if latest.count >= max(1, min(limit, 1000)) { break }
            }
            return latest
        }
    }

    /// Lets go of who was here too long ago, of the oldest if they are too many, and of notes that newer ones replace.
    private func forget(_ state: inout State, now: Int) {
        while state.first < state.notes.count {
            let note = state.notes[state.first]
            let isReplaced = state.times[note.user] != note.time
            guard
                isReplaced || state.times.count > mostUsers || note.time < now - Self.lifetime * 1_000_000
            else { break }
            if !isReplaced { state.times[note.user] = nil }
            state.first += 1
        }
        // Notes of one who came often may lie behind that of one who came once: all are looked through now and then.
        guard state.notes.count > 2 * state.times.count + 1000 else { return }
        state.notes = state.notes[state.first...].filter { state.times[$0.user] == $0.time }
        state.first = 0
    }
}
