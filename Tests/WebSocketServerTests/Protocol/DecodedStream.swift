import NIOCore
import WebSocketServer

/// All that a decoder makes of some bytes: the frames, then perhaps an error.
struct DecodedStream: Equatable {
    var frames: [Frame] = []
    var error: FrameError?

    init(frames: [Frame], error: FrameError?) {
        self.frames = frames
        self.error = error
    }

    /// Feeds a fresh decoder piece by piece and drains it after each, as a connection does.
    init(_ pieces: [[UInt8]], role: FrameDecoder.Role = .server, maxFrameLength: Int = 1 << 20) {
        let decoder = FrameDecoder(maxFrameLength: maxFrameLength, role: role)
        var buffer = ByteBuffer()
        for piece in pieces where error == nil {
            buffer.writeBytes(piece)
            do throws(FrameError) {
                while let frame = try decoder.next(from: &buffer) { frames.append(frame) }
            } catch {
                self.error = error
            }
        }
    }
}

extension Frame {
    init(fin: Bool = true, _ opcode: FrameOpcode, _ payload: [UInt8] = []) {
        self.init(fin: fin, opcode: opcode, payload: ByteBuffer(bytes: payload))
    }
}
