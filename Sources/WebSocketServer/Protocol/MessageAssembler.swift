import NIOCore

/// Joins the fragments of messages (RFC 6455 section 5.4) and turns text into strings (section 8.1).
///
/// Holds at most `maxMessageLength` bytes of an unfinished message, copied, so that a client cannot make it keep the
/// buffers that the fragments came in; and nothing on the heap between messages.
package struct MessageAssembler: Sendable {
    private let maxMessageLength: Int
    /// What the unfinished message is; `nil` between messages.
    private var kind: FrameOpcode?
    private var fragments: [UInt8] = []

    /// Makes an assembler.
    ///
    /// - Parameter maxMessageLength: The longest message, in bytes, whether in one frame or many.
    package init(maxMessageLength: Int) {
        self.maxMessageLength = maxMessageLength
    }

    /// Takes a data frame.
    ///
    /// Control frames, which may stand between fragments, change nothing.
    ///
    /// - Parameter frame: The next frame.
    /// - Returns: The message that the frame completes, if it does.
    /// - Throws: `continuationWithoutStart`, `messageInsideMessage`, `messageTooLong`, or, with the last fragment of a
    ///   text, `textNotUTF8`. What was held is gone then.
    package mutating func append(_ frame: Frame) throws(FrameError) -> InboundMessage? {
        guard !frame.opcode.isControl else { return nil }
        do throws(FrameError) {
            return try take(frame)
        } catch {
            reset()
            throw error
        }
    }

    private mutating func take(_ frame: Frame) throws(FrameError) -> InboundMessage? {
        let isContinuation = frame.opcode == .continuation
        guard let kind = isContinuation ? kind : frame.opcode else { throw .continuationWithoutStart }
        if !isContinuation, self.kind != nil { throw .messageInsideMessage }
        guard frame.payload.readableBytes <= maxMessageLength - fragments.count else {
            throw .messageTooLong(limit: maxMessageLength)
        }
        if frame.fin, !isContinuation { return try Self.message(kind, payload: frame.payload) }

        self.kind = kind
        frame.payload.withUnsafeReadableBytes { fragments.append(contentsOf: $0) }
        guard frame.fin else { return nil }
        let joined = fragments
        reset()
        return try Self.message(kind, joined: joined)
    }

    private mutating func reset() {
        kind = nil
        fragments = []
    }

    private static func message(_ kind: FrameOpcode, payload: ByteBuffer) throws(FrameError) -> InboundMessage {
        guard kind == .text else { return .binary(Array(buffer: payload)) }
        guard let text = String(validating: payload.readableBytesView, as: UTF8.self) else { throw .textNotUTF8 }
        return .text(text)
    }

    private static func message(_ kind: FrameOpcode, joined: [UInt8]) throws(FrameError) -> InboundMessage {
        guard kind == .text else { return .binary(joined) }
        guard let text = String(validating: joined, as: UTF8.self) else { throw .textNotUTF8 }
        return .text(text)
    }
}
