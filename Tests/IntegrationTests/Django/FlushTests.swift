import ChannelLayers
import Messages
import RedisBackends
import Testing

/// `flush` from either side.
@Suite("Flush beside Django")
struct FlushTests {
    @Test("Muster's flush deletes what waits but no other prefix' keys, and not its own members", arguments: 1...2)
    func muster(hosts: Int) async throws {
        try await withRedisHosts(hosts) { redis in
            let core = try await DjangoLayer.start(.core, .init(hosts: redis.map(\.url)))
            let other = try await DjangoLayer.start(.core, .init(hosts: redis.map(\.url), prefix: "asgi2"))
            let elsewhere = try await other.newChannel()
            try await other.groupAdd(elsewhere, to: "room")
            let unread = try await core.newChannel()
            try await withMusterLayers(1, hosts: redis) { layers in
                let member = try await layers[0].connectionMember(of: "room")
                // Django's memberships have no lease; a flush takes them away, as Django's own does.
                try await core.groupAdd(unread, to: "room")
                try await core.sendMany(10, from: "core", to: .channel("jobs"))
                try await core.sendMany(10, from: "core", to: .channel(unread))
                try await layers[0].layer.flush()
                #expect(try await core.receive("jobs", timeout: .milliseconds(300)) == nil)
                #expect(try await core.receive(unread, timeout: .milliseconds(300)) == nil)
                try await eventually("its own member only") {
                    try await layers[0].layer.groupMembers("room") == [member]
                }
                var members: [String] = []
                for host in redis { members.append(try await host.cli("zrange", "asgi2:group:room", "0", "-1")) }
                #expect(members.joined() == elsewhere)
            }
            await core.stop()
            await other.stop()
        }
    }
}
