import MusterTesting

/// The bytes with one to four random changes: a bit turned, a byte replaced, put in or taken out, or the end cut off.
func mutated(_ bytes: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
        let index = bytes.indices.randomElement(using: &generator) ?? 0
        let byte = UInt8(truncatingIfNeeded: generator.next())
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes[index] ^= 1 << (byte & 7)
        case 1: bytes[index] = byte
        case 2: bytes.insert(byte, at: index)
        case 3: bytes.remove(at: index)
        default: bytes.removeSubrange(index...)
        }
    }
    return bytes
}
