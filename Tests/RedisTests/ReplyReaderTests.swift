import NIOCore
import Testing

@testable import Redis

/// Replies out of bytes, however the network cuts them.
@Suite("Reply reader")
struct ReplyReaderTests {
    @Test(
        "Every reply type is read",
        arguments: [
            ("+OK\r\n", .status("OK")),
            ("+\r\n", .status("")),
            ("-WRONGTYPE Operation against a key\r\n", .error("WRONGTYPE Operation against a key")),
            (":0\r\n", .integer(0)),
            (":-9223372036854775808\r\n", .integer(.min)),
            (":9223372036854775807\r\n", .integer(.max)),
            ("$5\r\nhello\r\n", .bulk(Array("hello".utf8))),
            ("$0\r\n\r\n", .bulk([])),
            ("$-1\r\n", .null),
            ("*-1\r\n", .null),
            ("*0\r\n", .array([])),
            ("*3\r\n:1\r\n$-1\r\n+two\r\n", .array([.integer(1), .null, .status("two")])),
            ("*2\r\n*1\r\n*1\r\n:7\r\n*0\r\n", .array([.array([.array([.integer(7)])]), .array([])])),
            ("*2\r\n-ERR inside\r\n:1\r\n", .array([.error("ERR inside"), .integer(1)])),
        ] as [(String, RedisReply)]
    )
    func types(wire: String, reply: RedisReply) throws {
        var reader = try ReplyReader(maxReplyBytes: 1 << 20)
        reader.feed(ByteBuffer(string: wire))
        #expect(try reader.next() == reply)
        #expect(try reader.next() == nil)
    }

    @Test("A payload of every byte value, CR LF among them, arrives unchanged")
    func binaryPayload() throws {
        let payload = (0...1_023).map { UInt8($0 & 255) } + Array("\r\n$3\r\n".utf8)
        var reader = try ReplyReader(maxReplyBytes: 1 << 20)
        reader.feed(ByteBuffer(bytes: RedisReply.bulk(payload).wire))
        #expect(try reader.next() == .bulk(payload))
    }

    @Test("Bytes one by one give the same replies, each with its last byte and not before")
    func byteByByte() throws {
        let replies: [RedisReply] = [
            .array([.bulk(Array("message".utf8)), .bulk([13, 10]), .null]), .status("OK"), .integer(-3), .array([]),
        ]
        var reader = try ReplyReader(maxReplyBytes: 1 << 20)
        for reply in replies {
            for (index, byte) in reply.wire.enumerated() {
                reader.feed(ByteBuffer(bytes: [byte]))
                #expect(try reader.next() == (index == reply.wire.count - 1 ? reply : nil))
            }
        }
    }

    @Test("Random replies, cut at random places, come out as they went in", arguments: 0..<40)
    func randomRepliesAndCuts(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let replies = (0..<60).map { _ in RedisReply.random(depth: 4, using: &random) }
        var wire = ByteBuffer(bytes: replies.flatMap(\.wire))
        var reader = try ReplyReader(maxReplyBytes: 1 << 20)
        var read: [RedisReply] = []
        while wire.readableBytes > 0 {
            let length = min(wire.readableBytes, Int.random(in: 1...97, using: &random))
            guard let slice = wire.readSlice(length: length) else { break }
            reader.feed(slice)
            while let reply = try reader.next() { read.append(reply) }
        }
        #expect(read == replies)
    }

    @Test(
        "What is not RESP2 is a protocol violation, with hiredis' reason",
        arguments: ["HTTP/1.1 400 Bad Request\r\n", "$abc\r\n", ":12x\r\n", "*-7\r\n"]
    )
    func violations(wire: String) throws {
        var reader = try ReplyReader(maxReplyBytes: 1 << 20)
        reader.feed(ByteBuffer(string: wire))
        let error = #expect(throws: RedisError.self) { try reader.next() }
        #expect(error?.code == .protocolViolation)
        #expect(error?.message.isEmpty == false)
    }

    @Test("Nesting beyond what hiredis reads is an error, not a stack overflow")
    func deepNesting() throws {
        var reader = try ReplyReader(maxReplyBytes: 1 << 20)
        reader.feed(ByteBuffer(string: String(repeating: "*1\r\n", count: 10_000)))
        #expect(throws: RedisError.self) { try reader.next() }
    }

    @Test("Accessors give a value for the kinds that have one")
    func accessors() {
        #expect(RedisReply.bulk(Array("12".utf8)).int == 12)
        #expect(RedisReply.integer(12).int == 12)
        #expect(RedisReply.bulk(Array("1.5".utf8)).double == 1.5)
        #expect(RedisReply.bulk([0xff]).string == nil)
        #expect(RedisReply.bulk([0xff]).bytes == [0xff])
        #expect(RedisReply.status("OK").string == "OK")
        #expect(RedisReply.error("ERR no").string == nil)
        #expect(RedisReply.array([.null]).elements == [.null])
        #expect(RedisReply.null.isNull)
    }

    @Test("A command is formatted with explicit lengths, byte for byte")
    func commandWire() throws {
        let command = RedisCommand("SET", "ü", RedisArgument([0, 13, 10, 255]), "")
        let expected =
            Array("*4\r\n$3\r\nSET\r\n$2\r\nü\r\n$4\r\n".utf8) + [0, 13, 10, 255] + Array("\r\n$0\r\n\r\n".utf8)
        #expect(try RedisCommand.encoded([command]) == ByteBuffer(bytes: expected))
        #expect(try RedisCommand.encoded([command, command]) == ByteBuffer(bytes: expected + expected))
    }
}
