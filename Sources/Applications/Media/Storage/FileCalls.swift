import FoundationEssentials
import Glibc
import NIOPosix

/// Calls of the kernel that may wait for a disk, on threads that may wait.
struct FileCalls: Sendable {
    private let pool = NIOThreadPool.singleton

    /// Runs calls.
    func run<Result: Sendable>(
        _ body: @escaping @Sendable () throws(MediaFileError) -> Result
    ) async throws(MediaFileError) -> Result {
        do {
            return try await pool.runIfActive(body)
        } catch let error as MediaFileError {
            throw error
        } catch {
            // The task was cancelled, or the process ends.
            throw MediaFileError(.unavailable, "a file was not read or written: \(error)")
        }
    }

    /// What the last call's failure means.
    static func error(_ what: String, _ path: String) -> MediaFileError {
        let number = errno
        let isFull = number == ENOSPC || number == EDQUOT || number == EFBIG
        return MediaFileError(
            isFull ? .full : .unavailable,
            "cannot \(what) \(path): \(reason(number))\(isFull ? "; make room in the media directory" : "")"
        )
    }

    static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }

    /// The names in a directory; none if it is gone.
    static func names(in directory: String) throws(MediaFileError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory)
        } catch {
            guard access(directory, F_OK) == 0 else { return [] }
            throw MediaFileError(.unavailable, "cannot list \(directory): \(error)")
        }
    }

    /// Whether there is such a file, last modified at least so long ago.
    static func isFile(_ path: String, olderThan age: Duration) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let modified = Duration.seconds(status.st_mtim.tv_sec) + .nanoseconds(status.st_mtim.tv_nsec)
        return Duration.seconds(now.tv_sec) + .nanoseconds(now.tv_nsec) - modified >= age
    }
}
