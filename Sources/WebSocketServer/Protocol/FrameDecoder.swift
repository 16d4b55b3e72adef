package import NIOCore

/// Takes frames from the bytes of a connection (RFC 6455 section 5), without extensions.
///
/// Keeps nothing between calls: a frame that is not complete stays in the buffer, header and all, and what was found
/// wrong is found wrong again. So an idle connection costs these two words, and a broken one stays broken.
package struct FrameDecoder: Sendable {
    /// Which end of the connection decodes.
    package enum Role: Sendable {
        /// Demands that frames are masked.
        case server
        /// Demands that frames are not masked.
        case client
    }

    /// What a `ByteBuffer` holds without its offsets overflowing, headers included.
    private static let longestFrame = 1 << 30

    private let maxFrameLength: Int
    private let role: Role

    /// Makes a decoder.
    ///
    /// - Parameters:
    ///   - maxFrameLength: The longest payload of a data frame, in bytes; more than 1 GiB counts as 1 GiB. Control
    ///     frames have their own limit.
    ///   - role: Which end of the connection decodes.
    package init(maxFrameLength: Int, role: Role) {
        self.maxFrameLength = min(maxFrameLength, Self.longestFrame)
        self.role = role
    }

    /// Takes the next frame.
    ///
    /// - Parameter buffer: What was received and not decoded yet. A frame that is returned is taken from it; otherwise
    ///   it is unchanged, and the next call wants the same bytes with more behind them.
    /// - Returns: The frame, or `nil` if it is not all there. Its payload shares the buffer's storage if nobody else
    ///   does, and is a copy otherwise.
    /// - Throws: What is wrong with the frame, as soon as the header shows it, before its payload is waited for.
    package func next(from buffer: inout ByteBuffer) throws(FrameError) -> Frame? {
        guard let header = try header(in: buffer) else { return nil }
        let headerLength = header.encodedLength
        guard buffer.readableBytes >= headerLength + header.length else { return nil }
        buffer.moveReaderIndex(forwardBy: headerLength)
        return Frame(fin: header.fin, opcode: header.opcode, payload: Self.takePayload(header, from: &buffer))
    }

    // MARK: - The header

    /// The header at the front of the buffer, or `nil` if it is not all there.
    private func header(in buffer: ByteBuffer) throws(FrameError) -> FrameHeader? {
        guard let first = buffer.peekInteger(as: UInt8.self) else { return nil }
        let (fin, opcode) = try Self.kind(first)
        guard let second = buffer.getInteger(at: buffer.readerIndex + 1, as: UInt8.self) else { return nil }
        let isMasked = second & 0x80 != 0
        switch role {
        case .server: guard isMasked else { throw .unmasked }
        case .client: guard !isMasked else { throw .masked }
        }
        let short = second & 0x7F
        if opcode.isControl, short > FrameHeader.maxControlLength { throw .controlFrameTooLong }
        guard let length = try Self.length(short, in: buffer) else { return nil }
        if !opcode.isControl, length > maxFrameLength { throw .frameTooLong(length: length, limit: maxFrameLength) }

        var header = FrameHeader(fin: fin, opcode: opcode, mask: nil, length: length)
        guard isMasked else { return header }
        guard let mask = buffer.getInteger(at: buffer.readerIndex + header.encodedLength, as: UInt32.self) else {
            return nil
        }
        header.mask = mask
        return header
    }

    private static func kind(_ first: UInt8) throws(FrameError) -> (fin: Bool, opcode: FrameOpcode) {
        guard first & 0x70 == 0 else { throw .reservedBits }
        guard let opcode = FrameOpcode(rawValue: first & 0x0F) else { throw .reservedOpcode(first & 0x0F) }
        let fin = first & 0x80 != 0
        if opcode.isControl, !fin { throw .controlFrameFragmented }
        return (fin, opcode)
    }

    private static func length(_ short: UInt8, in buffer: ByteBuffer) throws(FrameError) -> Int? {
        switch short {
        case 126:
            guard let length = buffer.getInteger(at: buffer.readerIndex + 2, as: UInt16.self) else { return nil }
            guard length > FrameHeader.maxControlLength else { throw .lengthNotMinimal }
            return Int(length)
        case 127:
            guard let length = buffer.getInteger(at: buffer.readerIndex + 2, as: UInt64.self) else { return nil }
            guard let length = Int(exactly: length) else { throw .lengthOverflow }
            guard length > UInt16.max else { throw .lengthNotMinimal }
            return length
        default:
            return Int(short)
        }
    }

    // MARK: - The payload

    /// Takes a payload that is known to be there.
    private static func takePayload(_ header: FrameHeader, from buffer: inout ByteBuffer) -> ByteBuffer {
        let length = header.length
        guard length > 0 else { return ByteBuffer() }
        if let key = header.mask {
            let mask = FrameMask(key)
            let isUnmasked: Void? = buffer.modifyIfUniquelyOwned { buffer in
                buffer.withUnsafeMutableReadableBytes { mask.apply(to: .init(rebasing: $0[..<length])) }
            }
            // Writing to shared storage would copy all that is left in the buffer: with many small frames in one read,
            // each of them would copy all those behind it.
            if isUnmasked == nil { return takeCopy(length, unmaskedBy: mask, from: &buffer) }
        }
        return buffer.readSlice(length: length) ?? ByteBuffer()
    }

    private static func takeCopy(_ length: Int, unmaskedBy mask: FrameMask, from buffer: inout ByteBuffer) -> ByteBuffer
    {
        var payload = ByteBuffer()
        payload.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { target in
            buffer.withUnsafeReadableBytes { mask.write(.init(rebasing: $0[..<length]), to: target) }
            return length
        }
        buffer.moveReaderIndex(forwardBy: length)
        return payload
    }
}
