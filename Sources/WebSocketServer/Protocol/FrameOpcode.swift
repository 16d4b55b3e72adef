/// What a frame carries (RFC 6455 section 5.2).
///
/// The other ten values are reserved and end a connection with 1002.
package enum FrameOpcode: UInt8, Sendable, Hashable, CaseIterable {
    /// More of the message that an earlier frame began.
    case continuation = 0x0
    /// A message of UTF-8, or its first fragment.
    case text = 0x1
    /// A message of any bytes, or its first fragment.
    case binary = 0x2
    /// The only or last frame that its sender sends: a `ClosePayload`.
    case close = 0x8
    /// Asks for a pong with the same payload.
    case ping = 0x9
    /// Answers a ping, or is an unasked sign of life.
    case pong = 0xA

    /// Whether frames of this kind may stand between the fragments of a message.
    ///
    /// They hold at most `FrameHeader.maxControlLength` bytes and are never fragmented themselves (section 5.5).
    package var isControl: Bool { rawValue & 0x8 != 0 }
}
