internal import CHiredis
import NIOCore

extension RedisCommand {
    /// Appends the command in RESP, formatted by hiredis with explicit lengths, so that any bytes pass unharmed.
    func encode(into buffer: inout ByteBuffer) throws(RedisError) {
        var formatted: UnsafeMutablePointer<CChar>?
        // Sound: hiredis only reads `bytes` and the two arrays during the call, and each pointer stays within `bytes`.
        let length = bytes.withUnsafeBytes { bytes in
            withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: lengths.count) { pointers in
                var position = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                for (index, length) in lengths.enumerated() {
                    pointers.initializeElement(at: index, to: position.map { UnsafePointer($0) })
                    position = position?.advanced(by: length)
                }
                return Int(redisFormatCommandArgv(&formatted, Int32(lengths.count), pointers.baseAddress, lengths))
            }
        }
        guard length > 0, let formatted else {
            throw RedisError(.overloaded, "out of memory while formatting \(self); give the process more memory")
        }
        defer { redisFreeCommand(formatted) }
        buffer.writeBytes(UnsafeRawBufferPointer(start: formatted, count: length))
    }

    /// Commands in RESP, one after the other.
    static func encoded(_ commands: [RedisCommand]) throws(RedisError) -> ByteBuffer {
        var buffer = ByteBuffer()
        for command in commands { try command.encode(into: &buffer) }
        return buffer
    }
}
