import NIOCore
import Testing

@testable import Redis

/// How much a peer can make this process hold.
@Suite("Reply reader, bounds")
struct ReplyBoundsTests {
    @Test("A reply of the limit is read, one a byte longer is refused, however it is cut", arguments: [1, 7, 4_096])
    func limit(piece: Int) throws {
        let reply = RedisReply.array([.bulk([UInt8](repeating: 13, count: 500)), .status("OK"), .integer(1)])
        #expect(try read(reply.wire, maxReplyBytes: reply.wire.count, piece: piece) == [reply])
        let error = #expect(throws: RedisError.self) {
            try read(reply.wire, maxReplyBytes: reply.wire.count - 1, piece: piece)
        }
        #expect(error?.code == .replyTooLarge)
        #expect(error?.message.contains("more than \(reply.wire.count - 1) bytes") == true)
    }

    @Test("A reply over the limit is refused before it is complete: as one string, as a line without an end, in parts")
    func unfinished() throws {
        let beginnings = [
            "$536870912\r\n" + String(repeating: "x", count: 1_000),
            "+" + String(repeating: "x", count: 1_000),
            "*250\r\n" + String(repeating: "$1\r\nx\r\n", count: 200),
        ]
        for beginning in beginnings {
            let error = #expect(throws: RedisError.self) {
                try read(Array(beginning.utf8), maxReplyBytes: 1_000, piece: 100)
            }
            #expect(error?.code == .replyTooLarge)
        }
    }

    @Test("Replies that are each within the limit do not add up", arguments: [1, 50, 100_000])
    func many(piece: Int) throws {
        let reply = RedisReply.array([RedisReply](repeating: .status(""), count: 30))
        let wire = (0..<1_000).flatMap { _ in reply.wire }
        let read = try read(wire, maxReplyBytes: reply.wire.count, piece: piece)
        #expect(read == [RedisReply](repeating: reply, count: 1_000))
    }

    @Test(
        "An array that declares more elements than the limit has room for is refused at once, at any depth",
        arguments: [
            "*2147483647\r\n", "*1000000000\r\n", "*334\r\n", "*300\r\n*34\r\n", "*1\r\n*1\r\n*1\r\n*331\r\n",
            "*2\r\n*3\r\n+\r\n+\r\n+\r\n*329\r\n",
        ]
    )
    func declared(wire: String) throws {
        var reader = try ReplyReader(maxReplyBytes: 1_000)
        reader.feed(ByteBuffer(string: wire))
        let error = #expect(throws: RedisError.self) { try reader.next() }
        #expect(error?.code == .replyTooLarge)
    }

    @Test("An array of as many of the shortest elements as the limit has room for is read")
    func shortestElements() throws {
        let reply = RedisReply.array([RedisReply](repeating: .status(""), count: 332))
        #expect(reply.wire.count <= 1_003)
        #expect(try read(reply.wire + reply.wire, maxReplyBytes: 1_003, piece: 64) == [reply, reply])
    }

    /// All replies in the bytes, fed in pieces of this length.
    private func read(_ wire: [UInt8], maxReplyBytes: Int, piece: Int) throws -> [RedisReply] {
        var buffer = ByteBuffer(bytes: wire)
        var reader = try ReplyReader(maxReplyBytes: maxReplyBytes)
        var replies: [RedisReply] = []
        while let slice = buffer.readSlice(length: min(piece, max(buffer.readableBytes, 1))) {
            reader.feed(slice)
            while let reply = try reader.next() { replies.append(reply) }
        }
        return replies
    }
}
