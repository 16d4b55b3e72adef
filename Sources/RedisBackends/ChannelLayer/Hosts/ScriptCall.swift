import Redis

/// One call of a script.
struct ScriptCall: Sendable {
    let script: RedisScript
    let keys: [RedisArgument]
    let arguments: [RedisArgument]

    init(_ script: RedisScript, keys: [RedisArgument], arguments: [RedisArgument]) {
        self.script = script
        self.keys = keys
        self.arguments = arguments
    }

    /// The call as long as Redis knows the script.
    var byDigest: RedisCommand { script.callByDigest(keys: keys, arguments: arguments) }
    /// The call when it does not.
    var bySource: RedisCommand { script.callBySource(keys: keys, arguments: arguments) }
}
