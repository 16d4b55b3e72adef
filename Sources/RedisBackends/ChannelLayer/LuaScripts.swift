import Redis

/// The scripts that run on Redis, each from its file in `Lua/`.
enum LuaScripts {
    static let announceCount = script("announce_count", PackageResources.announce_count_lua)
    static let sendToMailbox = script("send_to_mailbox", PackageResources.send_to_mailbox_lua)

    static let takeFromMailbox = script("take_from_mailbox", PackageResources.take_from_mailbox_lua)

    private static func script(_ name: String, _ source: [UInt8]) -> RedisScript {
        RedisScript(name: name, source: String(decoding: source, as: UTF8.self))
    }
}
