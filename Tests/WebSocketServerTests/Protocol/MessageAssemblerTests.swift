import Consumers
import NIOCore
import Testing
import WebSocketServer

@Suite("Message assembler")
struct MessageAssemblerTests {
    /// Texts that RFC 3629 forbids, each with its reason.
    static let notUTF8: [[UInt8]] = [
        [0x80],  // continuation alone
        [0xC3],  // cut
        [0xE2, 0x82],  // cut
        [0xF0, 0x9F, 0x98],  // cut
        [0xC0, 0xAF],  // overlong
        [0xC1, 0xBF],  // overlong
        [0xE0, 0x80, 0xAF],  // overlong
        [0xF0, 0x80, 0x80, 0xAF],  // overlong
        [0xED, 0xA0, 0x80],  // surrogate
        [0xED, 0xBF, 0xBF],  // surrogate
        [0xF4, 0x90, 0x80, 0x80],  // over U+10FFFF
        [0xF8, 0x88, 0x80, 0x80, 0x80],  // five bytes
        [0xFE], [0xFF],
        Array("fine until here: ".utf8) + [0xC3, 0x28],
    ]

    @Test("gives a message in one frame at once")
    func single() throws {
        var assembler = MessageAssembler(maxMessageLength: 10)
        #expect(try assembler.append(Frame(.text, Array("hé€😀".utf8))) == .text("hé€😀"))
        #expect(try assembler.append(Frame(.binary, [0, 255])) == .binary([0, 255]))
        #expect(try assembler.append(Frame(.text)) == .text(""))
        #expect(try assembler.append(Frame(.binary)) == .binary([]))
    }

    @Test("joins fragments, with control frames and empty ones between")
    func fragments() throws {
        var assembler = MessageAssembler(maxMessageLength: 10)
        #expect(try assembler.append(Frame(fin: false, .binary, [1, 2])) == nil)
        #expect(try assembler.append(Frame(.ping, [9])) == nil)
        #expect(try assembler.append(Frame(fin: false, .continuation, [])) == nil)
        #expect(try assembler.append(Frame(fin: false, .continuation, [3])) == nil)
        #expect(try assembler.append(Frame(.pong, [9])) == nil)
        #expect(try assembler.append(Frame(.continuation, [4, 5])) == .binary([1, 2, 3, 4, 5]))
        #expect(try assembler.append(Frame(.text, [0x41])) == .text("A"))
    }

    @Test("joins a text cut inside a character")
    func cutCharacters() throws {
        let text = "aé€😀"
        let bytes = Array(text.utf8)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                var assembler = MessageAssembler(maxMessageLength: 10)
                #expect(try assembler.append(Frame(fin: false, .text, Array(bytes[..<first]))) == nil)
                #expect(try assembler.append(Frame(fin: false, .continuation, Array(bytes[first..<second]))) == nil)
                #expect(try assembler.append(Frame(.continuation, Array(bytes[second...]))) == .text(text))
            }
        }
    }

    @Test("refuses a continuation of nothing, also right after a message")
    func continuationWithoutStart() throws {
        var assembler = MessageAssembler(maxMessageLength: 10)
        #expect(throws: FrameError.continuationWithoutStart) { try assembler.append(Frame(.continuation, [1])) }
        #expect(throws: FrameError.continuationWithoutStart) { try assembler.append(Frame(fin: false, .continuation)) }
        _ = try assembler.append(Frame(fin: false, .binary, [1]))
        _ = try assembler.append(Frame(.continuation, [2]))
        #expect(throws: FrameError.continuationWithoutStart) { try assembler.append(Frame(.continuation, [3])) }
        #expect(FrameError.continuationWithoutStart.closeCode == .protocolError)
    }

    @Test("refuses a message inside a message, also after an empty first fragment", arguments: [true, false])
    func messageInsideMessage(fin: Bool) throws {
        for opcode in [FrameOpcode.text, .binary] {
            var assembler = MessageAssembler(maxMessageLength: 10)
            _ = try assembler.append(Frame(fin: false, .text))
            #expect(throws: FrameError.messageInsideMessage) { try assembler.append(Frame(fin: fin, opcode, [0x41])) }
        }
        #expect(FrameError.messageInsideMessage.closeCode == .protocolError)
    }

    @Test("refuses a message over the limit, in one frame or many, with the fragment that is too much")
    func limit() throws {
        let tooLong = FrameError.messageTooLong(limit: 4)
        var assembler = MessageAssembler(maxMessageLength: 4)
        #expect(try assembler.append(Frame(.binary, [1, 2, 3, 4])) == .binary([1, 2, 3, 4]))
        #expect(throws: tooLong) { try assembler.append(Frame(.binary, [1, 2, 3, 4, 5])) }

        #expect(try assembler.append(Frame(fin: false, .binary, [1, 2, 3])) == nil)
        #expect(try assembler.append(Frame(.continuation, [4])) == .binary([1, 2, 3, 4]))
        #expect(try assembler.append(Frame(fin: false, .binary, [1, 2, 3])) == nil)
        #expect(throws: tooLong) { try assembler.append(Frame(fin: false, .continuation, [4, 5])) }
        #expect(tooLong.closeCode == .messageTooBig)
    }

    @Test("holds nothing of a message that it refused")
    func emptyAfterError() throws {
        var assembler = MessageAssembler(maxMessageLength: 4)
        _ = try assembler.append(Frame(fin: false, .binary, [1, 2, 3]))
        #expect(throws: FrameError.messageTooLong(limit: 4)) { try assembler.append(Frame(.continuation, [4, 5])) }
        #expect(throws: FrameError.continuationWithoutStart) { try assembler.append(Frame(.continuation, [6])) }
        #expect(try assembler.append(Frame(.binary, [1, 2, 3, 4])) == .binary([1, 2, 3, 4]))
    }

    @Test("refuses text that is not UTF-8, whole or in fragments cut anywhere", arguments: notUTF8)
    func invalidText(bytes: [UInt8]) throws {
        var assembler = MessageAssembler(maxMessageLength: 100)
        #expect(throws: FrameError.textNotUTF8) { try assembler.append(Frame(.text, bytes)) }
        for cut in 0...bytes.count {
            _ = try assembler.append(Frame(fin: false, .text, Array(bytes[..<cut])))
            #expect(throws: FrameError.textNotUTF8) { try assembler.append(Frame(.continuation, Array(bytes[cut...]))) }
        }
        #expect(FrameError.textNotUTF8.closeCode == .invalidPayload)
        #expect(try assembler.append(Frame(.binary, bytes)) == .binary(bytes))
    }

    @Test("does not keep the storage that a fragment came in")
    func copies() throws {
        var assembler = MessageAssembler(maxMessageLength: 100)
        var received = FrameEncoder.frame(.binary, payload: [1, 2, 3], fin: false, mask: 0x0102_0304)
        let decoder = FrameDecoder(maxFrameLength: 100, role: .server)
        do {
            let frame = try #require(try decoder.next(from: &received))
            #expect(try assembler.append(frame) == nil)
        }
        let isFree: Void? = received.modifyIfUniquelyOwned { _ in }
        #expect(isFree != nil)
        #expect(try assembler.append(Frame(.continuation, [4])) == .binary([1, 2, 3, 4]))
    }
}
