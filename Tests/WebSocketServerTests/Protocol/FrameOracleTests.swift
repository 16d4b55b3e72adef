import MusterTesting
import NIOCore
import NIOEmbedded
import NIOWebSocket
import Testing
import WebSocketServer

@Suite("Frames, against NIOWebSocket's codec")
struct FrameOracleTests {
    @Test("what NIO's encoder writes is read alike", arguments: [FrameDecoder.Role.server, .client])
    func fromNIO(role: FrameDecoder.Role) throws {
        var random = SeededGenerator(seed: 4)
        let channel = EmbeddedChannel(handler: WebSocketFrameEncoder())
        for _ in 0..<150 {
            let frame = FrameFuzzTests.frame(using: &random)
            try channel.writeOutbound(
                WebSocketFrame(
                    fin: frame.fin,
                    opcode: try #require(WebSocketOpcode(encodedWebSocketOpcode: frame.opcode.rawValue)),
                    maskKey: role == .server ? .random(using: &random) : nil,
                    data: frame.payload
                )
            )
            var wire: [UInt8] = []
            while let part = try channel.readOutbound(as: ByteBuffer.self) { wire += Array(buffer: part) }
            #expect(DecodedStream([wire], role: role) == DecodedStream(frames: [frame], error: nil))
        }
        #expect(try channel.finish().isClean)
    }

    @Test("what our encoder writes is read alike by NIO's decoder", arguments: [true, false])
    func toNIO(isMasked: Bool) throws {
        var random = SeededGenerator(seed: 5)
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: 1 << 20)))
        for _ in 0..<150 {
            let frame = FrameFuzzTests.frame(using: &random)
            let mask = isMasked ? UInt32.random(in: .min ... .max, using: &random) : nil
            try channel.writeInbound(
                FrameEncoder.frame(frame.opcode, payload: frame.payload, fin: frame.fin, mask: mask)
            )
            let read = try #require(try channel.readInbound(as: WebSocketFrame.self))
            #expect(read.fin == frame.fin)
            #expect(UInt8(webSocketOpcode: read.opcode) == frame.opcode.rawValue)
            #expect(read.unmaskedData == frame.payload)
            let key: ByteBuffer? = read.maskKey.map { ByteBuffer(bytes: $0) }
            #expect(key == mask.map { ByteBuffer(integer: $0) })
        }
        #expect(try channel.finish().isClean)
    }
}
