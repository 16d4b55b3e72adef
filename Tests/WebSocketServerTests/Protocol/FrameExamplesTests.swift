import Consumers
import NIOCore
import Testing
import WebSocketServer

@Suite("The examples of RFC 6455 section 5.7, byte for byte")
struct FrameExamplesTests {
    static let hello = Array("Hello".utf8)

    @Test("a single-frame unmasked text message")
    func unmaskedText() {
        let wire: [UInt8] = [0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F]
        #expect(FrameEncoder.frame(.text, payload: Self.hello) == ByteBuffer(bytes: wire))
        #expect(FrameEncoder.frame(OutboundFrame.text("Hello")) == ByteBuffer(bytes: wire))
        #expect(DecodedStream([wire], role: .client).frames == [Frame(.text, Self.hello)])
    }

    @Test("a single-frame masked text message")
    func maskedText() {
        let wire: [UInt8] = [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
        #expect(FrameEncoder.frame(OutboundFrame.text("Hello"), mask: 0x37FA_213D) == ByteBuffer(bytes: wire))
        #expect(DecodedStream([wire]).frames == [Frame(.text, Self.hello)])
    }

    @Test("a fragmented unmasked text message")
    func fragmentedText() throws {
        let first: [UInt8] = [0x01, 0x03, 0x48, 0x65, 0x6C]
        let second: [UInt8] = [0x80, 0x02, 0x6C, 0x6F]
        #expect(FrameEncoder.frame(.text, payload: Array("Hel".utf8), fin: false) == ByteBuffer(bytes: first))
        #expect(FrameEncoder.frame(.continuation, payload: Array("lo".utf8)) == ByteBuffer(bytes: second))

        let frames = DecodedStream([first + second], role: .client).frames
        var assembler = MessageAssembler(maxMessageLength: 5)
        #expect(try frames.map { try assembler.append($0) } == [nil, .text("Hello")])
    }

    @Test("an unmasked ping and its masked pong")
    func pingAndPong() {
        let ping: [UInt8] = [0x89, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F]
        let pong: [UInt8] = [0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
        #expect(FrameEncoder.frame(.ping, payload: Self.hello) == ByteBuffer(bytes: ping))
        #expect(FrameEncoder.frame(.pong, payload: Self.hello, mask: 0x37FA_213D) == ByteBuffer(bytes: pong))
        #expect(DecodedStream([ping], role: .client).frames == [Frame(.ping, Self.hello)])
        #expect(DecodedStream([pong]).frames == [Frame(.pong, Self.hello)])
    }

    @Test("256 bytes of binary have a 16-bit length, 65,536 a 64-bit one")
    func longBinary() {
        let short = [UInt8](repeating: 7, count: 256)
        let shortWire = [0x82, 0x7E, 0x01, 0x00] + short
        #expect(FrameEncoder.frame(OutboundFrame.binary(short)) == ByteBuffer(bytes: shortWire))
        #expect(DecodedStream([shortWire], role: .client).frames == [Frame(.binary, short)])

        let long = [UInt8](repeating: 7, count: 65_536)
        let longWire = [0x82, 0x7F, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00] + long
        #expect(FrameEncoder.frame(.binary, payload: ByteBuffer(bytes: long)) == ByteBuffer(bytes: longWire))
        #expect(DecodedStream([longWire], role: .client).frames == [Frame(.binary, long)])
    }
}
