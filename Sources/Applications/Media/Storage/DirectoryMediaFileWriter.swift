import Glibc
import Synchronization

/// Writes one file of a directory.
final class DirectoryMediaFileWriter: MediaFileWriter {
    private let descriptor: Int32
    private let path: String
    private let files: DirectoryMediaFiles
    private let calls: FileCalls
    private let isOpen = Mutex(true)

    init(descriptor: Int32, path: String, files: DirectoryMediaFiles, calls: FileCalls) {
        self.descriptor = descriptor
        self.path = path
        self.files = files
        self.calls = calls
    }

    deinit {
        abandon()
    }

    func write(_ bytes: ArraySlice<UInt8>) async throws(MediaFileError) {
        try await calls.run { [descriptor, path] () throws(MediaFileError) in
            var rest = bytes
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                if count < 0 {
                    if errno == EINTR { continue }
                    throw FileCalls.error("write", path)
                }
                rest = rest.dropFirst(count)
            }
        }
    }

    func finish(as id: MediaID) async throws(MediaFileError) {
        let (folder, place) = (files.folder(of: id), files.path(of: id))
        try await calls.run { [self] () throws(MediaFileError) in
            guard claim() else { throw MediaFileError(.unavailable, "\(path) was finished or abandoned before") }
            do throws(MediaFileError) {
                // What the file system has put off, such as running out of room, shows now.
                // A machine that loses its power is not to leave a whole name on half a file.
                let failure = fsync(descriptor) == 0 ? nil : FileCalls.error("write", path)
                guard close(descriptor) == 0 else { throw failure ?? FileCalls.error("write", path) }
                if let failure { throw failure }
                guard mkdir(folder, 0o750) == 0 || errno == EEXIST else { throw FileCalls.error("create", folder) }
                guard rename(path, place) == 0 else { throw FileCalls.error("move", path) }
            } catch {
                unlink(path)
                throw error
            }
        }
    }

    func abandon() {
        guard claim() else { return }
        close(descriptor)
        unlink(path)
    }

    /// Whether it is the caller who ends it.
    private func claim() -> Bool {
        isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
    }
}
