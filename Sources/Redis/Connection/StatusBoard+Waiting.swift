import NIOCore

extension StatusBoard {
    /// Returns once the status is `.ready`.
    ///
    /// - Throws: ``RedisError``: the last failure when the time is over, or at once when another attempt cannot help.
    func waitUntilReady(
        timeout: Duration,
        address: RedisAddress,
        eventLoop: any EventLoop
    ) async throws(RedisError) {
        let (stream, stop) = watch()
        let timer = eventLoop.scheduleTask(in: TimeAmount(timeout), stop)
        defer { timer.cancel() }
        for await status in stream {
            switch status {
            case .ready:
                return
            case .unavailable(let error) where error.isPermanent:
                throw error
            case .connecting, .unavailable, .closed:
                continue
            }
        }
        if Task.isCancelled {
            throw RedisError(.cancelled, "gave up waiting for Redis at \(address.place)")
        }
        let silent = "no connection to Redis at \(address.place) within \(timeout); check that redis-server runs there"
        throw lastError ?? RedisError(.unavailable, silent)
    }
}
