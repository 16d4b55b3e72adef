import Redis
import Testing

@testable import RedisBackends

@Suite("Connection limits")
struct ConnectionLimitsTests {
    private func limits(heartbeat: Duration, lease: Duration) -> RedisClientConfiguration {
        var limits = RedisClientConfiguration()
        limits.fit(RedisChannelLayerConfiguration(heartbeat: heartbeat, lease: lease))
        return limits
    }

    @Test("A silent peer is noticed while one heartbeat of the lease is left", arguments: [2, 5, 30])
    func silence(heartbeat: Int) {
        let (heartbeat, lease) = (Duration.seconds(heartbeat), Duration.seconds(heartbeat * 3))
        let limits = limits(heartbeat: heartbeat, lease: lease)
        #expect(limits.pingInterval + limits.commandTimeout <= lease - heartbeat)
        #expect(limits.pingInterval <= heartbeat / 2)
    }

    @Test("A long lease makes nobody wait longer for Redis than the client's own limits do")
    func long() {
        let limits = limits(heartbeat: .seconds(30), lease: .seconds(90))
        #expect(limits.commandTimeout == RedisClientConfiguration().commandTimeout)
        #expect(limits.pingInterval == RedisClientConfiguration().pingInterval)
    }

    @Test("With the defaults a command may take three seconds; with the shortest lease it still may take one")
    func bounds() {
        let limits = limits(heartbeat: .seconds(2), lease: .seconds(6))
        #expect(limits.commandTimeout == .seconds(3) && limits.pingInterval == .seconds(1))
        #expect(self.limits(heartbeat: .milliseconds(50), lease: .milliseconds(100)).commandTimeout == .seconds(1))
    }
}
