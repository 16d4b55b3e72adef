/// The masking of RFC 6455 section 5.3, which undoes itself: byte `i` of a payload is combined with byte `i % 4` of the key.
struct FrameMask {
    /// The key twice over, laid out in memory as on the wire.
    private let word: UInt64

    /// Takes a key whose first byte on the wire is its most significant one.
    init(_ key: UInt32) {
        let onWire = UInt64(key.bigEndian)
        word = onWire << 32 | onWire
    }

    /// Masks or unmasks a whole payload where it is.
    func apply(to payload: UnsafeMutableRawBufferPointer) {
        write(UnsafeRawBufferPointer(payload), to: payload)
    }

    /// Masks or unmasks a whole payload while copying it.
    ///
    /// The target has room for it, and is either apart from it or
    /// the same memory.
    ///
    /// Eight bytes at a time: a byte at a time costs more than everything else that is done with a long message.
    /// Sound because every offset is below `payload.count`, which the precondition compares with the target; loads and
    /// stores need no alignment; and each byte is read before it is written, also where both are the same memory.
    func write(_ payload: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer) {
        precondition(target.count >= payload.count, "a masked payload is as long as the payload")
        let wholeWords = payload.count & ~7
        var offset = 0
        while offset < wholeWords {
            let masked = payload.loadUnaligned(fromByteOffset: offset, as: UInt64.self) ^ word
            target.storeBytes(of: masked, toByteOffset: offset, as: UInt64.self)
            offset += 8
        }
        withUnsafeBytes(of: word) { key in
            while offset < payload.count {
                target[offset] = payload[offset] ^ key[offset & 7]
                offset += 1
            }
        }
    }
}
