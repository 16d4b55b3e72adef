import Consumers
import NIOCore
import Testing
import WebSocketServer

@Suite("Frame encoder")
struct FrameEncoderTests {
    @Test(
        "writes the shortest length",
        arguments: [
            (0, [0x00]), (125, [0x7D]), (126, [0x7E, 0x00, 0x7E]), (65_535, [0x7E, 0xFF, 0xFF]),
            (65_536, [0x7F, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] as [(Int, [UInt8])]
    )
    func shortestLength(count: Int, length: [UInt8]) {
        let frame = FrameEncoder.frame(.binary, payload: [UInt8](repeating: 0, count: count))
        #expect(Array(buffer: frame.getSlice(at: 0, length: 1 + length.count) ?? ByteBuffer()) == [0x82] + length)
        #expect(frame.readableBytes == 1 + length.count + count)
    }

    @Test("takes a buffer's readable bytes only, and leaves them alone")
    func readableBytes() {
        var payload = ByteBuffer(string: "not this, this, not that")
        payload.moveReaderIndex(forwardBy: 10)
        payload = payload.getSlice(at: payload.readerIndex, length: 4) ?? payload
        let frame = FrameEncoder.frame(.text, payload: payload, mask: 0x0102_0304)
        #expect(DecodedStream([Array(buffer: frame)]).frames == [Frame(.text, Array("this".utf8))])
        #expect(String(buffer: payload) == "this")
    }

    @Test("counts a text in bytes of UTF-8")
    func textLength() {
        #expect(Array(buffer: FrameEncoder.frame(OutboundFrame.text("é€"))) == [0x81, 5, 0xC3, 0xA9, 0xE2, 0x82, 0xAC])
    }

    @Test("frames a close payload")
    func close() {
        let frame = FrameEncoder.frame(ClosePayload(code: .normal, reason: "bye"))
        #expect(Array(buffer: frame) == [0x88, 5, 0x03, 0xE8] + Array("bye".utf8))
        #expect(Array(buffer: FrameEncoder.frame(ClosePayload(code: .noStatus))) == [0x88, 0])
    }
}
