package import NIOCore

/// One frame as it was received, its payload already unmasked.
package struct Frame: Sendable, Hashable {
    /// Whether this is the last frame of its message.
    package var fin: Bool
    package var opcode: FrameOpcode
    /// May share its storage with the buffer it was read from: copy what is to be kept for long.
    package var payload: ByteBuffer

    package init(fin: Bool = true, opcode: FrameOpcode, payload: ByteBuffer) {
        self.fin = fin
        self.opcode = opcode
        self.payload = payload
    }
}
