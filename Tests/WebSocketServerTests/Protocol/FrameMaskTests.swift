import MusterTesting
import Testing

@testable import WebSocketServer

@Suite("Masking")
struct FrameMaskTests {
    @Test("is the RFC's byte-by-byte formula at every length and alignment", arguments: 0..<8)
    func formula(start: Int) {
        var random = SeededGenerator(seed: 1)
        let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        for length in 0...67 {
            let plain = random.bytes(start + length + 3)
            var masked = plain
            masked.withUnsafeMutableBytes { bytes in
                FrameMask(0x37FA_213D).apply(to: .init(rebasing: bytes[start..<(start + length)]))
            }
            let expected = plain.indices.map { index in
                (start..<(start + length)).contains(index) ? plain[index] ^ key[(index - start) % 4] : plain[index]
            }
            #expect(masked == expected, "\(length) bytes")
        }
    }

    @Test("while copying gives the same and leaves the source alone")
    func copying() {
        var random = SeededGenerator(seed: 2)
        let plain = random.bytes(29)
        let source = plain
        var inPlace = plain
        inPlace.withUnsafeMutableBytes { FrameMask(0xDEAD_BEEF).apply(to: $0) }
        var copy = [UInt8](repeating: 0, count: 32)
        source.withUnsafeBytes { source in
            copy.withUnsafeMutableBytes { FrameMask(0xDEAD_BEEF).write(source, to: $0) }
        }
        #expect(copy == inPlace + [0, 0, 0])
        #expect(source == plain)
    }
}
