import FoundationEssentials
import Glibc
import NIOCore
import NIOPosix

/// Files in a directory that the fronts share, each under the first two digits of its id: `ab/abcdef…`.
///
/// What is being uploaded is in `incoming`, on the same file system, so that a whole file appears at once.
public struct DirectoryMediaFiles: MediaFiles {
    /// How long one list of old files may be.
    static let batch = 500
    private static let incoming = "incoming"

    let directory: String
    private let calls = FileCalls()
    /// How many bytes of a disk of a size are left to others.
    var reserve: @Sendable (Int) -> Int = { min($0 / 20, 1 << 30) }

    /// Takes a directory, and makes it if there is none.
    ///
    /// - Parameter directory: Its path.
    /// - Throws: `unavailable` if it cannot be made or written to.
    public init(directory: String) throws(MediaFileError) {
        self.directory = directory
        let incoming = directory + "/" + Self.incoming
        do {
            try FileManager.default.createDirectory(atPath: incoming, withIntermediateDirectories: true)
        } catch {
            throw MediaFileError(.unavailable, "cannot make the media directory \(directory): \(error)")
        }
        for path in [directory, incoming] where access(path, R_OK | W_OK | X_OK) != 0 {
            throw MediaFileError(
                .unavailable,
                "cannot write to \(path): \(FileCalls.reason(errno)); let this front's user write to the media directory"
            )
        }
    }

    /// Begins a file in `incoming`.
    ///
    /// - Throws: `full` or `unavailable`.
    public func begin() async throws(MediaFileError) -> any MediaFileWriter {
        let path = newPath(".part")
        let calls = calls
        return try await calls.run { () throws(MediaFileError) in
            try checkRoom()
            let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
            guard descriptor >= 0 else { throw FileCalls.error("create", path) }
            return DirectoryMediaFileWriter(
                descriptor: descriptor,
                path: path,
                files: self,
                calls: calls
            )
        }
    }

    /// A full disk would hurt others than uploads.
    private func checkRoom() throws(MediaFileError) {
        var disk = statvfs()
        guard statvfs(directory, &disk) == 0 else { throw FileCalls.error("look at", directory) }
        let unit = Int(disk.f_frsize)
        let (free, left) = (Int(disk.f_bavail) * unit, reserve(Int(disk.f_blocks) * unit))
        guard free >= left else {
            throw MediaFileError(
                .full,
                "the disk of \(directory) has \(free) bytes left, and \(left) stay free; make room or enlarge it"
            )
        }
    }

    /// Opens a file.
    ///
    /// - Throws: `unavailable`.
    public func open(_ id: MediaID) async throws(MediaFileError) -> (any MediaFileReader)? {
        let path = path(of: id)
        let calls = calls
        return try await calls.run { () throws(MediaFileError) -> DirectoryMediaFileReader? in
            let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                if errno == ENOENT { return nil }
                throw FileCalls.error("open", path)
            }
            var status = stat()
            guard fstat(descriptor, &status) == 0 else {
                let error = FileCalls.error("look at", path)
                close(descriptor)
                throw error
            }
            return DirectoryMediaFileReader(descriptor: descriptor, size: Int(status.st_size), path: path, calls: calls)
        }
    }

    /// Sets a file's time of modification.
    ///
    /// - Throws: `unavailable`.
    public func touch(_ id: MediaID) async throws(MediaFileError) {
        let path = path(of: id)
        try await calls.run { () throws(MediaFileError) in
            guard utimensat(AT_FDCWD, path, nil, 0) == 0 || errno == ENOENT else {
                throw FileCalls.error("touch", path)
            }
        }
    }

    // MARK: Paths

    func path(of id: MediaID) -> String { folder(of: id) + "/" + id.rawValue }

    func folder(of id: MediaID) -> String { directory + "/" + id.rawValue.prefix(2) }

    var incomingPath: String { directory + "/" + Self.incoming }

    /// A path in `incoming` that nobody else has.
    func newPath(_ ending: String) -> String { incomingPath + "/" + UUID().uuidString.lowercased() + ending }

    // MARK: Removing

    /// Removes old files that are not needed.
    ///
    /// Between the question whether a file is needed and its removal, somebody may upload the same content: that replaces
    /// the file. So a file is first moved aside. If what was moved is young, it is the new one and is moved back; if it
    /// is the old one, the new one has come, or comes, to the place that is free now.
    ///
    /// - Throws: `unavailable`, or what `needed` throws.
    public func removeUnneeded(
        olderThan age: Duration,
        leftoversOlderThan leftoverAge: Duration,
        needed: @Sendable ([MediaID]) async throws -> Set<MediaID>
    ) async throws -> MediaRemoval {
        var removal = MediaRemoval()
        do {
            try await removeLeftovers(olderThan: leftoverAge, needed: needed, &removal)
        } catch let error as MediaFileError {
            removal.failed(error)
        }
        for folder in try await calls.run({ () throws(MediaFileError) in try FileCalls.names(in: directory) })
        where folder.utf8.count == 2 && folder.utf8.allSatisfy(\.isHexadecimalDigit) {
            do {
                try await removeUnneeded(in: folder, olderThan: age, needed: needed, &removal)
            } catch let error as MediaFileError {
                // What is wrong with one folder is no reason for the others to grow.
                removal.failed(error)
            }
        }
        return removal
    }

    private func removeUnneeded(
        in folder: String,
        olderThan age: Duration,
        needed: @Sendable ([MediaID]) async throws -> Set<MediaID>,
        _ removal: inout MediaRemoval
    ) async throws {
        let old = try await calls.run { () throws(MediaFileError) in
            try FileCalls.names(in: directory + "/" + folder).compactMap { MediaID($0) }
                .filter { FileCalls.isFile(path(of: $0), olderThan: age) }
        }
        for start in stride(from: 0, to: old.count, by: Self.batch) {
            let batch = Array(old[start..<min(start + Self.batch, old.count)])
            let unneeded = Set(batch).subtracting(try await needed(batch))
            for id in unneeded where try await remove(id, olderThan: age) { removal.removed += 1 }
        }
    }

    private func remove(_ id: MediaID, olderThan age: Duration) async throws(MediaFileError) -> Bool {
        let (path, aside) = (path(of: id), newPath("." + id.rawValue))
        return try await calls.run { () throws(MediaFileError) in
            guard rename(path, aside) == 0 else {
                // Another front was faster.
                if errno == ENOENT { return false }
                throw FileCalls.error("move", path)
            }
            guard FileCalls.isFile(aside, olderThan: age) else {
                guard rename(aside, path) == 0 else { throw FileCalls.error("move back", path) }
                return false
            }
            guard unlink(aside) == 0 || errno == ENOENT else { throw FileCalls.error("remove", aside) }
            return true
        }
    }

    /// Removes what was not finished; a file that its front moved aside and could not move back returns to its place if
    /// it is needed.
    private func removeLeftovers(
        olderThan age: Duration,
        needed: @Sendable ([MediaID]) async throws -> Set<MediaID>,
        _ removal: inout MediaRemoval
    ) async throws {
        let incoming = incomingPath
        let names = try await calls.run { () throws(MediaFileError) in
            try FileCalls.names(in: incoming).filter { FileCalls.isFile(incoming + "/" + $0, olderThan: age) }
        }
        for name in names {
            do {
                if try await removeLeftover(name, needed: needed) { removal.removed += 1 }
            } catch let error as MediaFileError {
                removal.failed(error)
            }
        }
    }

    /// Returns whether it was removed.
    private func removeLeftover(
        _ name: String,
        needed: @Sendable ([MediaID]) async throws -> Set<MediaID>
    ) async throws -> Bool {
        let path = incomingPath + "/" + name
        if let dot = name.lastIndex(of: "."), let id = MediaID(name[name.index(after: dot)...]),
            try await needed([id]).contains(id)
        {
            let place = self.path(of: id)
            // What is at its place by now has the same content.
            try await calls.run { () throws(MediaFileError) in
                guard rename(path, place) == 0 || errno == ENOENT else { throw FileCalls.error("move", path) }
            }
            return false
        }
        return try await calls.run { () throws(MediaFileError) in
            guard unlink(path) == 0 else {
                if errno == ENOENT { return false }
                throw FileCalls.error("remove", path)
            }
            return true
        }
    }
}
