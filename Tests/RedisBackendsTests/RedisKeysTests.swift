import ChannelLayers
import RedisBackends
import Testing

struct RedisKeysTests {
    @Test("Keys and channels are spelt as channels_redis spells them")
    func names() throws {
        let keys = RedisKeys()
        #expect(keys.members(of: "users") == "asgi:group:users")
        #expect(keys.relay(of: "users") == "asgi__group__users")
        #expect(keys.channelPattern(front: "specific.0af3") == "specific.0af3!*")
        let other = RedisKeys(prefix: "shop")
        #expect(other.members(of: "a.b-c_d") == "shop:group:a.b-c_d")
        #expect(other.relay(of: "a.b-c_d") == "shop__group__a.b-c_d")
    }

    @Test(
        "A relay channel gives its group back, also when the name looks like a prefix",
        arguments: ["users", "__group__", "a"]
    )
    func relayGroup(_ name: String) throws {
        let group = try GroupName(name)
        for prefix in ["asgi", "", "a__group__"] {
            let keys = RedisKeys(prefix: prefix)
            #expect(keys.group(ofRelay: keys.relay(of: group)) == group)
        }
    }

    @Test(
        "What is no relay channel of this prefix has no group",
        arguments: [
            "", "asgi__group__", "asgi:group:users", "other__group__users", "asgi__group__two words",
            "asgi__group__a!b",
        ]
    )
    func noGroup(_ channel: String) {
        #expect(RedisKeys().group(ofRelay: channel) == nil)
    }
}
