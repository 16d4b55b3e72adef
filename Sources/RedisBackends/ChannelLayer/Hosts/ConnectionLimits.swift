import Redis

extension RedisClientConfiguration {
    /// Time limits by which a peer that has fallen silent, without an RST to tell, is noticed while the lease holds.
    ///
    /// Whatever was sent may go unanswered for so long that, once the connection is given up, one heartbeat is left to
    /// connect anew and to renew the lease. A connection on which nothing happens is tested twice in each heartbeat. With
    /// the defaults, 2 s and 6 s, a command may take 3 s, and a silent peer is noticed 4 s after its last word. Redis
    /// takes a thousandth of that; a machine so busy that it takes all of it would lose the lease next. Never less than
    /// a second, however short the lease: a connection made anew costs more than waiting for a reply that is late. Never
    /// more than there was, however long the lease: who waits for Redis does not wait longer for that.
    mutating func fit(_ layer: RedisChannelLayerConfiguration) {
        pingInterval = min(pingInterval, layer.heartbeat / 2)
        commandTimeout = min(commandTimeout, max(.seconds(1), layer.lease - layer.heartbeat - pingInterval))
    }
}
