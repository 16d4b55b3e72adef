package import Consumers
package import NIOCore

/// What a close frame says (RFC 6455 section 5.5.1): a code and a reason, or nothing at all.
package struct ClosePayload: Sendable, Hashable {
    /// The most that a reason may hold, in bytes of UTF-8: a control frame less the code.
    package static let maxReasonLength = FrameHeader.maxControlLength - 2

    /// `CloseCode.noStatus` if the frame is empty.
    package let code: CloseCode
    /// For people; empty if there is none.
    package let reason: String

    /// What to send.
    ///
    /// - Parameters:
    ///   - code: One that is not sendable, `noStatus` above all, makes the frame empty.
    ///   - reason: Cut after the last whole character that fits `maxReasonLength`.
    package init(code: CloseCode, reason: String = "") {
        self.code = code.isSendable ? code : .noStatus
        self.reason = code.isSendable ? Self.cut(reason) : ""
    }

    /// What was received.
    ///
    /// - Parameter payload: The unmasked payload of a close frame.
    /// - Throws: `closeCodeCut`, `closeCodeNotAllowed` or `closeReasonNotUTF8`.
    package init(_ payload: ByteBuffer) throws(FrameError) {
        var payload = payload
        guard payload.readableBytes > 0 else {
            self.init(code: .noStatus)
            return
        }
        guard let code = payload.readInteger(as: UInt16.self).map(CloseCode.init(rawValue:)) else {
            throw .closeCodeCut
        }
        guard code.isSendable else { throw .closeCodeNotAllowed(code) }
        guard let reason = String(validating: payload.readableBytesView, as: UTF8.self) else {
            throw .closeReasonNotUTF8
        }
        self.init(code: code, reason: reason)
    }

    /// The payload of a close frame, at most 125 bytes.
    package var encoded: [UInt8] {
        guard code != .noStatus else { return [] }
        return [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xFF)] + reason.utf8
    }

    private static func cut(_ reason: String) -> String {
        guard reason.utf8.count > maxReasonLength else { return reason }
        var length = 0
        return String(
            reason.prefix { character in
                length += character.utf8.count
                return length <= maxReasonLength
            }
        )
    }
}
