import Consumers
import NIOCore
import Testing
import WebSocketServer

@Suite("Frame decoder")
struct FrameDecoderTests {
    @Test("fed byte by byte, gives each frame with its last byte and not before")
    func byteByByte() throws {
        let decoder = FrameDecoder(maxFrameLength: 1 << 20, role: .server)
        var buffer = ByteBuffer()
        for count in [0, 1, 5, 125, 126, 300, 65_536] {
            let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            let wire = Array(buffer: FrameEncoder.frame(.binary, payload: payload, mask: 0xA1B2_C3D4))
            for byte in wire.dropLast() {
                buffer.writeInteger(byte)
                #expect(try decoder.next(from: &buffer) == nil)
            }
            buffer.writeBytes(wire.suffix(1))
            #expect(try decoder.next(from: &buffer) == Frame(.binary, payload))
            #expect(buffer.readableBytes == 0)
        }
    }

    @Test("takes one frame at a time and leaves the rest")
    func oneAtATime() throws {
        let decoder = FrameDecoder(maxFrameLength: 10, role: .server)
        var buffer = FrameEncoder.frame(.ping, payload: [1], mask: 0x0102_0304)
        buffer.writeImmutableBuffer(FrameEncoder.frame(.text, payload: [0x41], mask: 0x0506_0708))
        #expect(try decoder.next(from: &buffer) == Frame(.ping, [1]))
        #expect(try decoder.next(from: &buffer) == Frame(.text, [0x41]))
        #expect(try decoder.next(from: &buffer) == nil)
    }

    @Test("leaves what others hold of the same buffer as it was")
    func copyOnWrite() throws {
        let decoder = FrameDecoder(maxFrameLength: 100, role: .server)
        var buffer = FrameEncoder.frame(.text, payload: Array("Hello".utf8), mask: 0x37FA_213D)
        buffer.writeImmutableBuffer(FrameEncoder.frame(.text, payload: Array("again".utf8), mask: 0x1111_2222))
        let held = buffer
        let wire = Array(buffer: buffer)
        let first = try decoder.next(from: &buffer)
        let second = try decoder.next(from: &buffer)
        #expect(Array(buffer: held) == wire)
        #expect(first == Frame(.text, Array("Hello".utf8)))
        #expect(second == Frame(.text, Array("again".utf8)))
    }

    @Test("unmasks a buffer of its own in place, without copying it")
    func inPlace() throws {
        let decoder = FrameDecoder(maxFrameLength: 100, role: .server)
        var buffer = FrameEncoder.frame(.binary, payload: Array("Hello".utf8), mask: 0x37FA_213D)
        let before = buffer.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        let frame = try #require(try decoder.next(from: &buffer))
        let after = frame.payload.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        #expect(after == before + 6)
        #expect(String(buffer: frame.payload) == "Hello")
    }

    @Test(
        "refuses a header as soon as it shows what is wrong",
        arguments: [
            ([0xC1], .reservedBits), ([0xA1], .reservedBits), ([0x91], .reservedBits),
            ([0x83], .reservedOpcode(3)), ([0x87], .reservedOpcode(7)), ([0x0B], .reservedOpcode(11)),
            ([0x8F], .reservedOpcode(15)),
            ([0x81, 0x05], .unmasked), ([0x88, 0x00], .unmasked),
            ([0x08], .controlFrameFragmented), ([0x09], .controlFrameFragmented), ([0x0A], .controlFrameFragmented),
            ([0x88, 0xFE], .controlFrameTooLong), ([0x89, 0xFF], .controlFrameTooLong),
            ([0x8A, 0xFE], .controlFrameTooLong),
            ([0x82, 0xFE, 0, 0], .lengthNotMinimal), ([0x82, 0xFE, 0, 125], .lengthNotMinimal),
            ([0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0, 1], .lengthNotMinimal),
            ([0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], .lengthNotMinimal),
            ([0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], .lengthOverflow),
            ([0x82, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .lengthOverflow),
        ] as [([UInt8], FrameError)]
    )
    func malformed(header: [UInt8], error: FrameError) {
        #expect(error.closeCode == .protocolError)
        #expect(DecodedStream([header]) == DecodedStream(frames: [], error: error))
        #expect(DecodedStream(header.map { [$0] }) == DecodedStream(frames: [], error: error))
        #expect(DecodedStream([Array(header.dropLast())]) == DecodedStream(frames: [], error: nil))
    }

    @Test("as a client refuses masked frames")
    func maskedByServer() {
        #expect(DecodedStream([[0x81, 0x80]], role: .client).error == .masked)
        #expect(FrameError.masked.closeCode == .protocolError)
    }

    @Test("accepts the longest frame, and refuses one byte more by its header alone")
    func limit() {
        let longest = [UInt8](repeating: 1, count: 300)
        let wire = Array(buffer: FrameEncoder.frame(.text, payload: longest, mask: 0))
        #expect(DecodedStream([wire], maxFrameLength: 300).frames == [Frame(.text, longest)])

        let error = FrameError.frameTooLong(length: 301, limit: 300)
        #expect(DecodedStream([[0x81, 0xFE, 0x01, 0x2D]], maxFrameLength: 300).error == error)
        #expect(error.closeCode == .messageTooBig)
        let largest: [UInt8] = [0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
        #expect(DecodedStream([largest], maxFrameLength: .max).error?.closeCode == .messageTooBig)
    }

    @Test("lets control frames have their 125 bytes under any limit")
    func controlLimit() {
        let payload = [UInt8](repeating: 9, count: 125)
        let wire = Array(buffer: FrameEncoder.frame(.ping, payload: payload, mask: 0))
        #expect(DecodedStream([wire], maxFrameLength: 1).frames == [Frame(.ping, payload)])
    }

    @Test("finds the same wrong again")
    func staysBroken() {
        let decoder = FrameDecoder(maxFrameLength: 10, role: .server)
        var buffer = ByteBuffer(bytes: [0x83])
        #expect(throws: FrameError.reservedOpcode(3)) { try decoder.next(from: &buffer) }
        buffer.writeImmutableBuffer(FrameEncoder.frame(.text, payload: [], mask: 0))
        #expect(throws: FrameError.reservedOpcode(3)) { try decoder.next(from: &buffer) }
    }

    @Test("gives the frames before a broken one")
    func framesBeforeError() {
        let good = Array(buffer: FrameEncoder.frame(.text, payload: [0x41], mask: 0x0102_0304))
        #expect(
            DecodedStream([good + good + [0xFF]])
                == DecodedStream(frames: [Frame(.text, [0x41]), Frame(.text, [0x41])], error: .reservedBits)
        )
    }
}
