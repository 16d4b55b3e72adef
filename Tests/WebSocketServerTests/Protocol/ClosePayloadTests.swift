import Consumers
import NIOCore
import Testing
import WebSocketServer

@Suite("Close payload")
struct ClosePayloadTests {
    static func wire(_ code: UInt16, _ reason: [UInt8] = []) -> ByteBuffer {
        ByteBuffer(bytes: [UInt8(code >> 8), UInt8(code & 0xFF)] + reason)
    }

    @Test("may be empty")
    func empty() throws {
        let close = try ClosePayload(ByteBuffer())
        #expect(close.code == .noStatus)
        #expect(close.reason.isEmpty)
        #expect(close.encoded.isEmpty)
    }

    @Test("of one byte is a protocol error")
    func oneByte() {
        #expect(throws: FrameError.closeCodeCut) { try ClosePayload(ByteBuffer(bytes: [0x03])) }
        #expect(FrameError.closeCodeCut.closeCode == .protocolError)
    }

    @Test("comes out as it went in", arguments: [1000, 1001, 1003, 1007, 1014, 3000, 3999, 4000, 4999] as [UInt16])
    func roundTrip(code: UInt16) throws {
        let close = ClosePayload(code: CloseCode(rawValue: code), reason: "fin é")
        #expect(close.encoded == Array(buffer: Self.wire(code, Array("fin é".utf8))))
        #expect(try ClosePayload(ByteBuffer(bytes: close.encoded)) == close)
        #expect(close.code.rawValue == code)
        #expect(close.reason == "fin é")
        #expect(try ClosePayload(Self.wire(code)).reason.isEmpty)
    }

    @Test(
        "with a code that must not be sent is a protocol error",
        arguments: [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65_535] as [UInt16]
    )
    func invalidCode(code: UInt16) {
        let error = FrameError.closeCodeNotAllowed(CloseCode(rawValue: code))
        #expect(throws: error) { try ClosePayload(Self.wire(code)) }
        #expect(error.closeCode == .protocolError)
        #expect(ClosePayload(code: CloseCode(rawValue: code), reason: "why") == ClosePayload(code: .noStatus))
    }

    @Test("with a reason that is not UTF-8 is invalid", arguments: MessageAssemblerTests.notUTF8)
    func invalidReason(bytes: [UInt8]) {
        #expect(throws: FrameError.closeReasonNotUTF8) { try ClosePayload(Self.wire(1000, bytes)) }
        #expect(FrameError.closeReasonNotUTF8.closeCode == .invalidPayload)
    }

    @Test("cuts the reason after the last whole character that fits 123 bytes")
    func cut() {
        func kept(_ reason: String) -> String { ClosePayload(code: .normal, reason: reason).reason }
        let filler = String(repeating: "x", count: 121)
        #expect(kept(filler + "ab") == filler + "ab")
        #expect(kept(filler + "abc") == filler + "ab")
        #expect(kept(filler + "é") == filler + "é")
        #expect(kept(filler + "€") == filler)
        // A character of several scalars is not cut into another one: here a flag, then a letter with an accent.
        #expect(kept(filler + "🇩🇪") == filler)
        #expect(kept(filler + "xe\u{301}") == filler + "x")
        #expect(kept("a" + String(repeating: "\u{301}", count: 70)).isEmpty)
        let longest = ClosePayload(code: .normal, reason: String(repeating: "€", count: 50))
        #expect(longest.reason.count == 41)
        #expect(longest.encoded.count == 125)
    }
}
