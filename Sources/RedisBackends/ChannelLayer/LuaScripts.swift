import Redis

/// The scripts that run on Redis, each from its file in `Lua/`.
enum LuaScripts {
    static let announceCount = RedisScript(
        name: "announce_count",
        source: String(decoding: PackageResources.announce_count_lua, as: UTF8.self)
    )
}
