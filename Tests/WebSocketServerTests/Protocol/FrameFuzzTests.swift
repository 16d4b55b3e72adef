import Consumers
import MusterTesting
import NIOCore
import Testing
import WebSocketServer

@Suite("Frames, at random")
struct FrameFuzzTests {
    static func frame(using random: inout SeededGenerator) -> Frame {
        let opcode = FrameOpcode.allCases[Int.random(in: 0..<6, using: &random)]
        let longest = [0, 10, 125, 126, 127, 1000, 65_535, 70_000][Int.random(in: 0..<8, using: &random)]
        let count = Int.random(in: 0...(opcode.isControl ? 125 : longest), using: &random)
        return Frame(fin: opcode.isControl || Bool.random(using: &random), opcode, random.bytes(count))
    }

    static func wire(_ frame: Frame, using random: inout SeededGenerator) -> [UInt8] {
        let mask = UInt32.random(in: .min ... .max, using: &random)
        return Array(buffer: FrameEncoder.frame(frame.opcode, payload: frame.payload, fin: frame.fin, mask: mask))
    }

    @Test("come out as they went in, wherever the bytes are cut", arguments: 0..<12 as Range<UInt64>)
    func roundTrip(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let frames = (0..<20).map { _ in Self.frame(using: &random) }
        let wire = frames.flatMap { Self.wire($0, using: &random) }
        let longest = [3, 50, 3000, 100_000][Int(seed % 4)]
        #expect(DecodedStream(random.pieces(of: wire, longest: longest)) == DecodedStream(frames: frames, error: nil))
    }

    @Test("with bits turned over decode alike however they are cut", arguments: 0..<60 as Range<UInt64>)
    func damaged(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var wire: [UInt8] = []
        for _ in 0..<10 {
            let frame = Frame(.text, random.bytes(Int.random(in: 0...200, using: &random)))
            wire += Self.wire(frame, using: &random)
        }
        for _ in 0..<5 {
            wire[Int.random(in: wire.indices, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
        }
        Self.expectSameHoweverCut(wire, using: &random)
    }

    @Test("of nothing but noise decode alike however they are cut", arguments: [FrameDecoder.Role.server, .client])
    func noise(role: FrameDecoder.Role) {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<1000 {
            var bytes = random.bytes(Int.random(in: 0...40, using: &random))
            // Most noise ends at the first byte; with the reserved bits clear it gets further.
            for index in bytes.indices where Bool.random(using: &random) { bytes[index] &= 0x8F }
            Self.expectSameHoweverCut(bytes, role: role, using: &random)
        }
    }

    static func expectSameHoweverCut(
        _ bytes: [UInt8],
        role: FrameDecoder.Role = .server,
        using random: inout SeededGenerator
    ) {
        let whole = DecodedStream([bytes], role: role, maxFrameLength: 1000)
        #expect(DecodedStream(bytes.map { [$0] }, role: role, maxFrameLength: 1000) == whole, "\(bytes)")
        #expect(
            DecodedStream(random.pieces(of: bytes, longest: 9), role: role, maxFrameLength: 1000) == whole,
            "\(bytes)"
        )
        // Whatever was decoded is what an encoder would have written: nothing lost, added or read as something else.
        let key = bytes.count > 6 ? UInt32(bytes[6]) : 0
        let again = whole.frames.map {
            FrameEncoder.frame($0.opcode, payload: $0.payload, fin: $0.fin, mask: role == .server ? key : nil)
        }
        let length = again.map(\.readableBytes).reduce(0, +)
        #expect(length <= bytes.count)
        #expect(DecodedStream(again.map { Array(buffer: $0) }, role: role).frames == whole.frames)
        if role == .client { #expect(again.flatMap { Array(buffer: $0) } == Array(bytes.prefix(length))) }
    }
}
