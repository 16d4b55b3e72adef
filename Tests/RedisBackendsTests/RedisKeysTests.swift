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
        #expect(keys.history(of: "chat.lobby") == "asgi:history:chat.lobby")
        #expect(keys.found("asgi:history:chat.lobby") == .history("chat.lobby"))
        #expect(keys.found("asgi:history:two words") == nil)
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

    @Test(
        "What the layer writes is its own",
        arguments: [
            "asgi:group:users", "asgi:fronts", "asgi:inbox:{someone}", "asgi:", "asgijobs", "asgispecific.0af3!",
            "asgispecific.0af3!$inflight", "asgijobs$inflight",
        ]
    )
    func owned(_ key: String) {
        #expect(RedisKeys().owns(key))
        #expect(!RedisKeys(prefix: "shop").owns(key))
    }

    @Test("What applications keep is the layer's own too, and says nothing of groups and fronts")
    func applications() throws {
        let keys = RedisKeys()
        let (ann, bob) = (try UserName("users"), try UserName("group"))
        let all = [
            keys.inbox(of: bob), keys.unread(of: bob), keys.missing(of: bob),
            keys.sent(to: bob, by: ann, clientID: "users"), keys.lastSeen,
        ]
        #expect(
            all == [
                "asgi:inbox:{group}", "asgi:unread:{group}", "asgi:missing:{group}", "asgi:sent:{group}:users:users",
                "asgi:seen",
            ]
        )
        for key in all {
            #expect(keys.owns(key))
            #expect(keys.found(key) == nil)
        }
    }

    @Test(
        "What only begins like it is not: no valid name, no mailbox, another prefix",
        arguments: [
            "", "asgi", "asg", "asgi2:group:users", "asgitwo words", "asgi!", "asgi!x", "asgia!b!", "asgi$inflight",
            "asgispecific.0af3!7", "asgispecific.0af3!7$inflight", "asgijobs$inflight$inflight", "asgijobs$other",
            "asgi\u{301}:group:users", "asgijobs\n", "ASGI:group:users", "asgi/jobs",
            "asgi" + String(repeating: "x", count: 100),
        ]
    )
    func foreign(_ key: String) {
        #expect(!RedisKeys().owns(key))
    }

    @Test("The pattern finds the prefix as it is, whatever is special in it")
    func scanPattern() {
        #expect(RedisKeys().scanPattern == "asgi*")
        #expect(RedisKeys(prefix: "").scanPattern == "*")
        #expect(RedisKeys(prefix: "a*b?[c]\\^-").scanPattern == "a\\*b\\?\\[c\\]\\\\^-*")
    }

    @Test("A channel of a pub/sub layer is told by its prefix and by having no local part")
    func pubSubChannels() throws {
        let keys = RedisKeys()
        for name in ["asgispecific.0af3", "asgispecific."] {
            #expect(keys.isPubSubChannel(try ChannelName(name)))
        }
        for name in ["specific.0af3", "asgispecific.0af3!1", "asgispecific", "jobs", "shopspecific.0af3"] {
            #expect(!keys.isPubSubChannel(try ChannelName(name)))
        }
        #expect(RedisKeys(prefix: "shop").isPubSubChannel(try ChannelName("shopspecific.0af3")))
    }
}
