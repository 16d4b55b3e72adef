import Glibc

/// What the operating system lets this process have.
enum ResourceLimits {
    /// Raises the limit of open descriptors to the hard limit, once per process; thousands of client sockets need it.
    ///
    /// - Returns: How many descriptors the process may have now.
    @discardableResult
    static func raiseOpenFiles() -> Int { openFiles }

    private static let openFiles: Int = {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(limit.rlim_cur)
    }()
}
