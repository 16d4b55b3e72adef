import Glibc
import Logging

/// What the kernel allows this process.
enum ResourceLimits {
    /// Raises the number of files, and so of connections, that may be open to the most that is allowed.
    static func raiseOpenFiles(logger: Logger) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        logger.debug("open files", metadata: ["limit": "\(limit.rlim_cur)"])
    }
}
