import NIOCore
import NIOEmbedded
import Testing

@testable import Redis

/// The handler in a channel without a network: the exact bytes it sends, what it makes of those it gets.
@Suite("Connection handler")
struct RedisConnectionHandlerTests {
    private static let ping = "*1\r\n$4\r\nPING\r\n"

    @Test("The handshake goes out in one write; PONG makes it ready")
    func handshake() throws {
        let rig = try Rig("redis://:pw@h/1")
        #expect(
            try rig.sent() == "*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n" + "*2\r\n$6\r\nSELECT\r\n$1\r\n1\r\n" + Self.ping
        )
        try rig.receive("+OK\r\n+OK\r\n+PO")
        #expect(rig.log.events == [])
        try rig.receive("NG\r\n")
        #expect(rig.log.events == ["ready"])
    }

    @Test("Submitted bytes go out as they are, in one write; replies come back in order however they are cut")
    func requests() throws {
        let rig = try Rig()
        try rig.becomeReady()
        rig.handler.submit(
            [.init(request: 1, replyCount: 1), .init(request: 2, replyCount: 2)],
            bytes: ByteBuffer(string: "bytes")
        )
        #expect(try rig.sent() == "bytes")
        try rig.receive(":1\r\n:2\r")
        try rig.receive("\n-ERR x\r\n")
        #expect(
            rig.log.events == ["1: reply(.integer(1))", "2: replies([.integer(2), .error(\"ERR x\")])"]
        )
    }

    @Test("An idle connection sends PING after the interval and closes when nothing comes back")
    func idleness() throws {
        let rig = try Rig()
        try rig.becomeReady()
        rig.loop.advanceTime(by: .milliseconds(1_999))
        #expect(try rig.sent() == "")
        rig.loop.advanceTime(by: .milliseconds(1))
        #expect(try rig.sent() == Self.ping)
        try rig.receive("+PONG\r\n")
        rig.loop.advanceTime(by: .seconds(2))
        #expect(try rig.sent() == Self.ping)
        rig.loop.advanceTime(by: .milliseconds(4_999))
        #expect(rig.log.events == [])
        rig.loop.advanceTime(by: .milliseconds(1))
        #expect(rig.log.events == ["closed: timeout"])
        #expect(!rig.channel.isActive)
    }

    @Test("A command without a reply closes the connection at its time limit, with idle checks in between")
    func timeLimit() throws {
        let rig = try Rig()
        try rig.becomeReady()
        rig.loop.advanceTime(by: .seconds(1))
        rig.handler.submit([.init(request: 1, replyCount: 1)], bytes: ByteBuffer(string: "x"))
        #expect(try rig.sent() == "x")
        rig.loop.advanceTime(by: .milliseconds(4_999))
        #expect(rig.log.events == [])
        rig.loop.advanceTime(by: .milliseconds(1))
        #expect(rig.log.events == ["closed: timeout", "1: failure(timeout)"])
        #expect(try rig.sent() == "", "no PING while a command is in flight")
    }

    @Test("What is in flight when the other side closes is lost; what comes later is refused")
    func loss() throws {
        let rig = try Rig()
        try rig.becomeReady()
        rig.handler.submit([.init(request: 1, replyCount: 1)], bytes: ByteBuffer(string: "x"))
        rig.channel.pipeline.fireChannelInactive()
        #expect(rig.log.events == ["closed: connection_lost", "1: failure(connection_lost)"])
        rig.handler.drain()
        #expect(rig.log.events.count == 2)
    }

    @Test("A peer that is no Redis closes the connection with a hint; replies before that still count")
    func violation() throws {
        let rig = try Rig()
        try rig.becomeReady()
        rig.handler.submit([.init(request: 1, replyCount: 1)], bytes: ByteBuffer(string: "x"))
        try rig.receive(":1\r\nHTTP/1.1 400\r\n")
        #expect(rig.log.events == ["1: reply(.integer(1))", "closed: protocol_violation"])
        #expect(rig.handler.closeReason?.message.contains("is it a Redis server?") == true)
    }

    @Test("A reply over the limit ends the connection and says so to the one who asked; those behind it are lost")
    func oversizedReply() throws {
        let rig = try Rig(maxReplyBytes: 100)
        try rig.becomeReady()
        rig.handler.submit(
            (1...3).map { .init(request: $0, replyCount: 1) },
            bytes: ByteBuffer(string: "x")
        )
        try rig.receive(":1\r\n$1000\r\n" + String(repeating: "x", count: 100))
        #expect(
            rig.log.events == [
                "1: reply(.integer(1))", "closed: reply_too_large", "2: failure(reply_too_large)",
                "3: failure(connection_lost)",
            ]
        )
        let message = rig.handler.closeReason?.message
        #expect(message?.hasPrefix("Redis at h:6379 sent a reply of more than 100 bytes") == true)
        #expect(!rig.channel.isActive)
    }

    @Test("A message over the limit ends a connection for subscriptions")
    func oversizedPublication() throws {
        let rig = try Rig(takesPublications: true, maxReplyBytes: 100)
        try rig.becomeReady()
        try rig.receive("*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$200\r\n" + String(repeating: "x", count: 100))
        #expect(rig.log.events == ["closed: reply_too_large"])
    }

    @Test("Unsolicited replies in one read close once and trap nothing")
    func unsolicitedTwice() throws {
        let rig = try Rig()
        try rig.becomeReady()
        try rig.receive(":1\r\n:2\r\n:3\r\n")
        #expect(rig.log.events == ["closed: protocol_violation"])
    }

    @Test("A drain waits for the last reply")
    func draining() throws {
        let rig = try Rig()
        try rig.becomeReady()
        rig.handler.submit([.init(request: 1, replyCount: 1)], bytes: ByteBuffer(string: "x"))
        rig.handler.drain()
        rig.handler.submit([.init(request: 2, replyCount: 1)], bytes: ByteBuffer(string: "y"))
        #expect(try rig.sent() == "x")
        try rig.receive(":1\r\n")
        #expect(rig.log.events == ["2: failure(shut_down)", "1: reply(.integer(1))", "closed: shut_down"])
    }

    @Test("On a connection for subscriptions messages are handed out in order and count as a sign of life")
    func publications() throws {
        let rig = try Rig(takesPublications: true)
        try rig.becomeReady()
        rig.loop.advanceTime(by: .milliseconds(1_500))
        try rig.receive(
            "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$1\r\na\r\n$1\r\ny\r\n"
        )
        try rig.receive("*3\r\n$7\r\nmessage\r\n$1\r\n".utf8 + [0xff] + "\r\n$1\r\nx\r\n".utf8)
        #expect(rig.log.events == ["channel(\"a\"): x", "pattern(\"*\"): y"])
        rig.loop.advanceTime(by: .milliseconds(1_999))
        #expect(try rig.sent() == "")
        rig.loop.advanceTime(by: .milliseconds(1))
        #expect(try rig.sent() == Self.ping)
        try rig.receive("*2\r\n$4\r\npong\r\n$0\r\n\r\n")
        #expect(rig.log.events.count == 2)
    }

    @Test("On a connection for commands an array that looks like a message is a reply")
    func noPublications() throws {
        let rig = try Rig()
        try rig.becomeReady()
        rig.handler.submit([.init(request: 1, replyCount: 1)], bytes: ByteBuffer(string: "x"))
        try rig.receive("*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n")
        #expect(rig.log.events.count == 1)
        #expect(rig.log.events[0].hasPrefix("1: reply"))
    }
}
