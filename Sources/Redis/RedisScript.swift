import Crypto

/// A Lua script, known to Redis by the SHA-1 of its source.
package struct RedisScript: Sendable {
    /// What logs and errors call it.
    package let name: String
    package let source: String
    /// The digest in lower-case hexadecimal, as EVALSHA wants it.
    package let sha1: String

    package init(name: String, source: String) {
        self.name = name
        self.source = source
        let digits = Array("0123456789abcdef".utf8)
        var hexadecimal: [UInt8] = []
        // SHA-1 is Redis' choice of name for a script; nothing rests on its strength.
        var hash = Insecure.SHA1()
        hash.update(data: Array(source.utf8))
        for byte in hash.finalize() {
            hexadecimal.append(digits[Int(byte >> 4)])
            hexadecimal.append(digits[Int(byte & 15)])
        }
        sha1 = String(decoding: hexadecimal, as: UTF8.self)
    }

    /// EVALSHA: fails with NOSCRIPT until Redis has seen the source.
    package func callByDigest(keys: [RedisArgument], arguments: [RedisArgument]) -> RedisCommand {
        call("EVALSHA", RedisArgument(sha1), keys, arguments)
    }

    /// EVAL: sends the source, and lets Redis remember it.
    package func callBySource(keys: [RedisArgument], arguments: [RedisArgument]) -> RedisCommand {
        call("EVAL", RedisArgument(source), keys, arguments)
    }

    private func call(
        _ name: String,
        _ script: RedisArgument,
        _ keys: [RedisArgument],
        _ arguments: [RedisArgument]
    ) -> RedisCommand {
        var command = RedisCommand(name, script, RedisArgument(keys.count))
        command.append(contentsOf: keys)
        command.append(contentsOf: arguments)
        return command
    }
}
