import ChannelLayers
import RedisBackends
import Testing

/// Names and keys as `channels_redis` has them.
@Suite struct NameVectorTests {
    struct Name: Decodable, Sendable {
        let name: String
        let channel: Bool
        let group: Bool
        let nonLocal: String

        private enum CodingKeys: String, CodingKey {
            case name
            case channel
            case group
            case nonLocal = "non_local"
        }
    }

    struct Keys: Decodable, Sendable, CustomTestStringConvertible {
        let prefix: String
        let group: String
        let members: String
        let relay: String
        let channel: String
        let mailbox: String
        let inFlight: String
        let direct: String
        let general: String
        let pubSubChannel: String
        var testDescription: String { prefix.debugDescription }

        private enum CodingKeys: String, CodingKey {
            case prefix
            case group
            case members = "core_group_key"
            case relay = "pubsub_group_channel"
            case channel
            case mailbox = "core_inbox_key"
            case inFlight = "core_inflight_key"
            case direct = "pubsub_direct_channel"
            case general = "core_plain_channel_key(jobs)"
            case pubSubChannel = "pubsub_new_channel_looks_like"
        }
    }

    struct File: Decodable {
        let names: [Name]
        let keys: [Keys]
    }

    @Test("names are valid where Python's are, but for what is not ASCII")
    func names() throws {
        let names = try vectors(File.self, in: "names").names
        #expect(names.count == 22)
        var channels: Set<String> = []
        var groups: Set<String> = []
        for vector in names {
            let channel = try? ChannelName(vector.name)
            if (channel != nil) != vector.channel { channels.insert(vector.name) }
            if ((try? GroupName(vector.name)) != nil) != vector.group { groups.insert(vector.name) }
            if let channel { #expect(channel.nonLocal == vector.nonLocal) }
        }
        // Python's expressions take letters and digits of every script, and a line feed at the end.
        #expect(channels == ["a!é", "a!日本", "a\n", "a!b\n", "٣", "a!٣"])
        #expect(groups == ["a\n", "٣"])
    }

    @Test("keys are spelt as channels_redis spells them", arguments: try vectors(File.self, in: "names").keys)
    func keys(_ vector: Keys) throws {
        let keys = RedisKeys(prefix: vector.prefix)
        let group = try GroupName(vector.group)
        let channel = try ChannelName(vector.channel)
        #expect(keys.members(of: group) == vector.members)
        #expect(keys.relay(of: group) == vector.relay)
        #expect(keys.mailbox(of: channel) == vector.mailbox)
        #expect(keys.mailbox(front: String(channel.nonLocal.dropLast())) == vector.mailbox)
        #expect(keys.mailbox(of: try ChannelName("jobs")) == vector.general)
        #expect(channel.rawValue == vector.direct)
        for key in [vector.members, vector.mailbox, vector.inFlight, vector.general] {
            #expect(keys.owns(key), "\(key)")
        }
        #expect(!keys.isPubSubChannel(channel))
        let made = vector.pubSubChannel.replacing("<32 hex>", with: String(repeating: "0f", count: 16))
        // A prefix with a colon makes names that no layer's rules allow; such a channel cannot be named at all.
        if let made = try? ChannelName(made) {
            #expect(keys.isPubSubChannel(made))
        } else {
            #expect(vector.prefix == "a:b")
        }
    }
}
