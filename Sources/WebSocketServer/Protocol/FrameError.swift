package import Consumers

/// How a peer broke RFC 6455 or a limit.
///
/// The connection it came on is to be closed with `closeCode`.
package enum FrameError: Error, Sendable, Hashable {
    /// A reserved bit is set although no extension was agreed on (section 5.2).
    case reservedBits
    /// An opcode that RFC 6455 leaves undefined (section 5.2).
    case reservedOpcode(UInt8)
    /// A client sent an unmasked frame (section 5.1).
    case unmasked
    /// A server sent a masked frame (section 5.1).
    case masked
    /// A control frame of more than 125 bytes (section 5.5).
    case controlFrameTooLong
    /// A control frame that is not the whole of its message (section 5.5).
    case controlFrameFragmented
    /// A length that would fit a shorter form (section 5.2).
    case lengthNotMinimal
    /// A 64-bit length whose most significant bit is set (section 5.2).
    case lengthOverflow
    /// A frame whose header announces more than the limit, in bytes.
    case frameTooLong(length: Int, limit: Int)
    /// A message whose fragments together are over the limit, in bytes.
    case messageTooLong(limit: Int)
    /// A continuation frame although no message was begun (section 5.4).
    case continuationWithoutStart
    /// A new message before the last fragment of the one before (section 5.4).
    case messageInsideMessage
    /// A text message that is not UTF-8 (section 8.1).
    case textNotUTF8
    /// A close frame of a single byte, which is no code (section 5.5.1).
    case closeCodeCut
    /// A close code that must not be in a frame, or that nobody has defined (section 7.4).
    case closeCodeNotAllowed(CloseCode)
    /// A close reason that is not UTF-8 (section 5.5.1).
    case closeReasonNotUTF8

    /// The code to close the connection with (section 7.4.1).
    package var closeCode: CloseCode {
        switch self {
        case .reservedBits, .reservedOpcode, .unmasked, .masked, .controlFrameTooLong, .controlFrameFragmented,
            .lengthNotMinimal, .lengthOverflow, .continuationWithoutStart, .messageInsideMessage, .closeCodeCut,
            .closeCodeNotAllowed:
            .protocolError
        case .frameTooLong, .messageTooLong:
            .messageTooBig
        case .textNotUTF8, .closeReasonNotUTF8:
            .invalidPayload
        }
    }
}

extension FrameError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .reservedBits: "reserved bits are set: the peer uses an extension that was not agreed on"
        case .reservedOpcode(let opcode): "opcode \(opcode) is reserved"
        case .unmasked: "the client sent an unmasked frame: it, or a proxy before it, does not speak WebSocket"
        case .masked: "the server sent a masked frame"
        case .controlFrameTooLong: "a control frame holds more than \(FrameHeader.maxControlLength) bytes"
        case .controlFrameFragmented: "a control frame is fragmented"
        case .lengthNotMinimal: "a frame's length is not written in its shortest form"
        case .lengthOverflow: "a frame's length has its most significant bit set"
        case .frameTooLong(let length, let limit):
            "a frame of \(length) bytes is over the limit of \(limit): raise the maximum message length or send less"
        case .messageTooLong(let limit):
            "a message is over the limit of \(limit) bytes: raise the maximum message length or send less"
        case .continuationWithoutStart: "a continuation frame continues no message"
        case .messageInsideMessage: "a message begins before the one before has ended"
        case .textNotUTF8: "a text message is not UTF-8: bytes go into binary messages"
        case .closeCodeCut: "a close frame holds half a code"
        case .closeCodeNotAllowed(let code): "close code \(code) must not be sent"
        case .closeReasonNotUTF8: "the reason in a close frame is not UTF-8"
        }
    }
}
