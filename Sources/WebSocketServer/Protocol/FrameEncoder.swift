package import Consumers
package import NIOCore

/// Makes frames, each in one buffer with its header, so that a frame is made once and written to any number of
/// connections.
package enum FrameEncoder {
    /// A frame around a buffer's readable bytes.
    ///
    /// - Parameters:
    ///   - opcode: What the frame carries.
    ///   - payload: Copied. At most 125 bytes for a control frame.
    ///   - fin: Whether this is the last frame of its message; always so for a control frame.
    ///   - mask: The masking key, its first byte on the wire being the most significant one; clients must have a new,
    ///     unpredictable one for each frame, servers must have none.
    ///   - allocator: Where the frame's buffer comes from.
    /// - Returns: The frame.
    package static func frame(
        _ opcode: FrameOpcode,
        payload: ByteBuffer,
        fin: Bool = true,
        mask: UInt32? = nil,
        allocator: ByteBufferAllocator = ByteBufferAllocator()
    ) -> ByteBuffer {
        let header = FrameHeader(fin: fin, opcode: opcode, mask: mask, length: payload.readableBytes)
        return frame(header, allocator: allocator) { $0.writeImmutableBuffer(payload) }
    }

    /// A frame around an array; otherwise as for a buffer.
    package static func frame(
        _ opcode: FrameOpcode,
        payload: [UInt8],
        fin: Bool = true,
        mask: UInt32? = nil,
        allocator: ByteBufferAllocator = ByteBufferAllocator()
    ) -> ByteBuffer {
        let header = FrameHeader(fin: fin, opcode: opcode, mask: mask, length: payload.count)
        return frame(header, allocator: allocator) { $0.writeBytes(payload) }
    }

    /// The one frame of a consumer's message.
    package static func frame(
        _ message: OutboundFrame,
        mask: UInt32? = nil,
        allocator: ByteBufferAllocator = ByteBufferAllocator()
    ) -> ByteBuffer {
        switch message {
        case .text(let text):
            let header = FrameHeader(fin: true, opcode: .text, mask: mask, length: text.utf8.count)
            return frame(header, allocator: allocator) { $0.writeString(text) }
        case .binary(let bytes):
            return frame(.binary, payload: bytes, mask: mask, allocator: allocator)
        }
    }

    /// A close frame.
    package static func frame(
        _ close: ClosePayload,
        mask: UInt32? = nil,
        allocator: ByteBufferAllocator = ByteBufferAllocator()
    ) -> ByteBuffer {
        frame(.close, payload: close.encoded, mask: mask, allocator: allocator)
    }

    private static func frame(
        _ header: FrameHeader,
        allocator: ByteBufferAllocator,
        writePayload: (inout ByteBuffer) -> Int
    ) -> ByteBuffer {
        precondition(
            !header.opcode.isControl || (header.fin && header.length <= FrameHeader.maxControlLength),
            "a control frame is whole and holds at most \(FrameHeader.maxControlLength) bytes"
        )
        let headerLength = header.encodedLength
        var buffer = allocator.buffer(capacity: headerLength + header.length)
        header.write(to: &buffer)
        _ = writePayload(&buffer)
        if let key = header.mask {
            buffer.withUnsafeMutableReadableBytes {
                FrameMask(key).apply(to: .init(rebasing: $0[headerLength...]))
            }
        }
        return buffer
    }
}
