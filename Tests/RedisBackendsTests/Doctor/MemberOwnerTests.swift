import ChannelLayers
import RedisBackends
import Testing

@Suite("Whose a member is")
struct MemberOwnerTests {
    private let process = "0123456789abcdef0123456789abcdef"

    @Test("Its score tells a front's channel from a Django process', whose names look alike")
    func byScore() {
        let channel = "specific.\(process)!7"
        #expect(owner(channel, 11_700_000_000) == .front(FrontName(process)))
        #expect(owner(channel, 1_700_000_000) == .core("specific.\(process)!"))
    }

    @Test("Other names of channels_redis, and names of nobody")
    func byName() throws {
        #expect(owner("custom.\(process)!\(process)", 1_700_000_000) == .core("custom.\(process)!"))
        let pubSub = "asgispecific.\(process)"
        #expect(owner(pubSub, 1_700_000_000) == .pubSub(try ChannelName(pubSub)))
        #expect(owner("jobs", 1_700_000_000) == .nobody)
        #expect(owner("no channel's name", 1_700_000_000) == .nobody)
        #expect(owner("", 11_700_000_000) == .nobody)
    }

    private func owner(_ name: String, _ score: Double) -> MemberOwner {
        MemberOwner(name: name, score: score, keys: RedisKeys())
    }
}

@Suite("What a key found in Redis is")
struct FoundKeyTests {
    @Test("Every key that the layer writes is found again", arguments: ["asgi", "a:b", "x*"])
    func found(prefix: String) {
        let keys = RedisKeys(prefix: prefix)
        let front = FrontName("f")
        #expect(keys.found(keys.members(of: "g")) == .members("g"))
        #expect(keys.found(keys.people(of: "g")) == .people("g"))
        #expect(keys.found(keys.front(front)) == .front(front))
        #expect(keys.found(keys.groups(of: front)) == .groups(front))
        #expect(keys.found(keys.peoplesGroups(of: front)) == .peoplesGroups(front))
        #expect(keys.found(keys.fronts) == nil)
    }

    @Test(
        "Keys of others are not",
        arguments: ["asgi2:group:g", "asgi:group:no name", "asgi:group:a:b", "asgispecific.x!"]
    )
    func others(key: String) {
        #expect(RedisKeys().found(key) == nil)
    }
}
