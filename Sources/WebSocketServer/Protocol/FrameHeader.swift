package import NIOCore

/// What stands before the payload of a frame (RFC 6455 section 5.2), without extensions.
package struct FrameHeader: Sendable, Hashable {
    /// The most that a control frame may hold, in bytes; also the longest length that fits the second byte.
    package static let maxControlLength = 125

    /// Whether this is the last frame of its message.
    package var fin: Bool
    package var opcode: FrameOpcode
    /// The masking key, its first byte on the wire being the most significant one; `nil` for an unmasked frame.
    package var mask: UInt32?
    /// How long the payload is, in bytes.
    package var length: Int

    package init(fin: Bool, opcode: FrameOpcode, mask: UInt32?, length: Int) {
        self.fin = fin
        self.opcode = opcode
        self.mask = mask
        self.length = length
    }

    /// How many bytes the header takes, 2 to 14.
    ///
    /// The length is always written in its shortest form.
    package var encodedLength: Int {
        2 + extendedLengthSize + (mask == nil ? 0 : 4)
    }

    private var extendedLengthSize: Int {
        switch length {
        case ...Self.maxControlLength: 0
        case ...Int(UInt16.max): 2
        default: 8
        }
    }

    /// Appends the header to a buffer.
    package func write(to buffer: inout ByteBuffer) {
        let maskBit: UInt8 = mask == nil ? 0 : 0x80
        buffer.writeInteger((fin ? 0x80 : 0) | opcode.rawValue)
        switch extendedLengthSize {
        case 0:
            buffer.writeInteger(maskBit | UInt8(length))
        case 2:
            buffer.writeInteger(maskBit | 126)
            buffer.writeInteger(UInt16(length))
        default:
            buffer.writeInteger(maskBit | 127)
            buffer.writeInteger(UInt64(length))
        }
        if let mask { buffer.writeInteger(mask) }
    }
}
