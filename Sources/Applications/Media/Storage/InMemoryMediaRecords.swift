public import ChannelLayers
import Synchronization

/// The records of one instance that runs without Redis; they end with the process.
public final class InMemoryMediaRecords: MediaRecordStore {
    private struct Entry {
        let record: MediaRecord
        var end: ContinuousClock.Instant
    }

    private struct State {
        var entries: [MediaID: Entry] = [:]
        /// When there are as many, those whose time is over are dropped.
        var nextPurge = 1024
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> ContinuousClock.Instant

    /// Makes a store without records.
    public convenience init() {
        self.init { .now }
    }

    init(now: @escaping @Sendable () -> ContinuousClock.Instant) {
        self.now = now
    }

    /// Keeps a record.
    ///
    /// - Throws: Nothing.
    public func save(_ record: MediaRecord, for lifetime: Duration) async throws(ChannelLayerError) {
        let now = now()
        state.withLock { state in
            if state.entries.count >= state.nextPurge {
                state.entries = state.entries.filter { $0.value.end > now }
                state.nextPurge = max(1024, state.entries.count * 2)
            }
            if let entry = state.entries[record.id], entry.end > now {
                state.entries[record.id]?.end = max(entry.end, now + lifetime)
            } else {
                state.entries[record.id] = Entry(record: record, end: now + lifetime)
            }
        }
    }

    /// Reads a record.
    ///
    /// - Throws: Nothing.
    public func record(_ id: MediaID) async throws(ChannelLayerError) -> KeptMediaRecord? {
        let now = now()
        guard let entry = state.withLock({ $0.entries[id] }), entry.end > now else { return nil }
        return KeptMediaRecord(entry.record, remaining: entry.end - now)
    }

    /// Keeps a record for longer.
    ///
    /// - Throws: Nothing.
    public func extend(_ id: MediaID, to lifetime: Duration) async throws(ChannelLayerError) -> Bool {
        let now = now()
        return state.withLock { state in
            guard let entry = state.entries[id], entry.end > now else { return false }
            state.entries[id]?.end = max(entry.end, now + lifetime)
            return true
        }
    }

    /// Says which files have a record.
    ///
    /// - Throws: Nothing.
    public func known(among ids: [MediaID]) async throws(ChannelLayerError) -> Set<MediaID> {
        let now = now()
        return state.withLock { state in
            Set(ids.filter { state.entries[$0].map { $0.end > now } ?? false })
        }
    }
}
