public import NIOCore

/// Where the content of uploaded files is, for all fronts: a directory that they share, or a store of objects.
public protocol MediaFiles: Sendable {
    /// Begins to store a file whose name is not known before its content is.
    ///
    /// - Returns: What takes the content.
    /// - Throws: `full` or `unavailable`.
    func begin() async throws(MediaFileError) -> any MediaFileWriter

    /// Opens a file.
    ///
    /// - Parameter id: The file's id.
    /// - Returns: What reads it, also if it is removed meanwhile; `nil` if there is none.
    /// - Throws: `unavailable`.
    func open(_ id: MediaID) async throws(MediaFileError) -> (any MediaFileReader)?

    /// Makes a file as young as if it had been stored now; nothing happens if there is none.
    ///
    /// - Parameter id: The file's id.
    /// - Throws: `unavailable`.
    func touch(_ id: MediaID) async throws(MediaFileError)

    /// Removes files that are not needed any more, and what unfinished uploads have left.
    ///
    /// A file that is stored at the same moment is not lost.
    ///
    /// - Parameters:
    ///   - age: How long ago a file has to have been stored or touched.
    ///   - leftoverAge: How long ago an unfinished upload has to have been written to.
    ///   - needed: Says which of at most 500 files are needed; when it throws, the rest stays.
    /// - Returns: How many were removed, and which failures it went on after.
    /// - Throws: `unavailable` if nothing can be listed, or what `needed` throws.
    func removeUnneeded(
        olderThan age: Duration,
        leftoversOlderThan leftoverAge: Duration,
        needed: @Sendable ([MediaID]) async throws -> Set<MediaID>
    ) async throws -> MediaRemoval
}

/// What came of removing files.
public struct MediaRemoval: Sendable, Equatable {
    /// How many files were removed.
    public var removed = 0
    /// How many places were left as they are because of a failure.
    public private(set) var failures = 0
    /// The first of the failures.
    public private(set) var firstFailure: MediaFileError?

    /// Makes the value for nothing removed and nothing failed.
    public init() {}

    /// Notes a failure.
    ///
    /// - Parameter error: What happened.
    public mutating func failed(_ error: MediaFileError) {
        failures += 1
        firstFailure = firstFailure ?? error
    }
}

/// Takes the content of one file.
///
/// One task uses it, one call after the other. What is neither finished nor abandoned is abandoned with the last
/// reference.
public protocol MediaFileWriter: Sendable {
    /// Adds to the content.
    ///
    /// - Parameter bytes: What follows.
    /// - Throws: `full` or `unavailable`.
    func write(_ bytes: ArraySlice<UInt8>) async throws(MediaFileError)

    /// Makes the file readable; one that is there already has the same content and is replaced.
    ///
    /// - Parameter id: The file's id.
    /// - Throws: `full` or `unavailable`.
    func finish(as id: MediaID) async throws(MediaFileError)

    /// Leaves nothing of it; also in a task that was cancelled.
    func abandon()
}

/// Reads one file; it is closed with the last reference.
public protocol MediaFileReader: Sendable {
    /// How many bytes the file has.
    var size: Int { get }

    /// Reads from the middle of the file.
    ///
    /// - Parameters:
    ///   - offset: Where to begin.
    ///   - count: How many bytes at most.
    /// - Returns: What is there, at least a byte before the file's end.
    /// - Throws: `unavailable`.
    func read(at offset: Int, count: Int) async throws(MediaFileError) -> ByteBuffer
}

/// Why a file cannot be stored or read.
public struct MediaFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of failure; further ones may be added.
    public struct Code: Sendable, Hashable {
        private enum Base { case full, unavailable }
        private let base: Base

        /// There is no room.
        public static let full = Code(base: .full)
        /// It cannot be reached, read or written now.
        public static let unavailable = Code(base: .unavailable)
    }

    /// The kind of failure.
    public let code: Code
    /// One line that says what happened and what to do about it.
    public let message: String

    /// Makes an error.
    ///
    /// - Parameters:
    ///   - code: The kind of failure.
    ///   - message: One line that says what happened and what to do about it.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The text that operators see.
    public var description: String { message }
}
