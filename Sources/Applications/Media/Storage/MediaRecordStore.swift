public import ChannelLayers

/// Where the records of uploaded files are, for all fronts; each is there for a time only.
public protocol MediaRecordStore: Sendable {
    /// Keeps a record for at least as long as said.
    ///
    /// A record that is there already stays as it is, and its time is never shortened: the same content is one file, whose
    /// name nobody can change for others.
    ///
    /// - Parameters:
    ///   - record: What is known of the file.
    ///   - lifetime: For how long, from now on; whole seconds, at least one.
    /// - Throws: `unavailable` or `refused`; it may have been kept then.
    func save(_ record: MediaRecord, for lifetime: Duration) async throws(ChannelLayerError)

    /// Reads a record.
    ///
    /// - Parameter id: The file's id.
    /// - Returns: The record, and for how long it will be there; `nil` if there is none.
    /// - Throws: `unavailable` or `refused`.
    func record(_ id: MediaID) async throws(ChannelLayerError) -> KeptMediaRecord?

    /// Keeps a record, if it is there, for at least as long as said.
    ///
    /// - Parameters:
    ///   - id: The file's id.
    ///   - lifetime: For how long, from now on; whole seconds, at least one.
    /// - Returns: Whether there is such a record.
    /// - Throws: `unavailable` or `refused`.
    func extend(_ id: MediaID, to lifetime: Duration) async throws(ChannelLayerError) -> Bool

    /// Says which of some files have a record.
    ///
    /// - Parameter ids: At most 500 ids.
    /// - Returns: Those that have one.
    /// - Throws: `unavailable` or `refused`: then nothing is known of any.
    func known(among ids: [MediaID]) async throws(ChannelLayerError) -> Set<MediaID>
}

/// A record, and for how long it will be there.
public struct KeptMediaRecord: Sendable, Hashable {
    /// What is known of the file.
    public let record: MediaRecord
    /// From now on.
    public let remaining: Duration

    /// Makes the value.
    ///
    /// - Parameters:
    ///   - record: What is known of the file.
    ///   - remaining: For how long it will be there.
    public init(_ record: MediaRecord, remaining: Duration) {
        self.record = record
        self.remaining = remaining
    }
}
