import Glibc

/// Unix time in seconds, as scores carry it.
enum WallClock {
    /// Now, to the microsecond.
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec / 1000) / 1_000_000
    }
}
