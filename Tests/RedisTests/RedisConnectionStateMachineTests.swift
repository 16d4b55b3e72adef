import NIOCore
import Testing

@testable import Redis

/// One connection, event by event.
///
/// Requests are numbers here, times are seconds.
@Suite("Connection state machine")
struct RedisConnectionStateMachineTests {
    private typealias Machine = RedisConnectionStateMachine<Int>

    private static func make(_ url: String = "redis://h", name: String? = nil) throws -> Machine {
        Machine(
            address: try RedisAddress(url),
            configuration: .init(commandTimeout: .seconds(5), pingInterval: .seconds(2), clientName: name)
        )
    }

    private static func makeReady() throws -> Machine {
        var machine = try make()
        #expect(machine.connected(at: .s(0)) == .shakeHands([RedisCommand("PING")], deadline: .s(5)))
        #expect(machine.received(.status("PONG"), at: .s(0)) == .becomeReady(deadline: .s(2)))
        return machine
    }

    @Test("The handshake sends AUTH, SELECT, the name and PING at once, and is ready with the last reply")
    func handshake() throws {
        var machine = try Self.make("redis://app:pw@h/3", name: "muster")
        let commands = [
            RedisCommand("AUTH", "app", "pw"), RedisCommand("SELECT", 3), RedisCommand("CLIENT", "SETNAME", "muster"),
            RedisCommand("PING"),
        ]
        #expect(machine.connected(at: .s(0)) == .shakeHands(commands, deadline: .s(5)))
        #expect(machine.submit(.init(request: 1, replyCount: 1), at: .s(0)).isRefusal(.unavailable))
        #expect(machine.received(.status("OK"), at: .s(1)) == .none)
        #expect(machine.received(.status("OK"), at: .s(1)) == .none)
        #expect(machine.received(.error("NOPERM no CLIENT for you"), at: .s(1)) == .none)
        #expect(!machine.isReady)
        #expect(machine.received(.status("PONG"), at: .s(1)) == .becomeReady(deadline: .s(3)))
        #expect(machine.isReady)
    }

    @Test(
        "A refused handshake closes with what the operator can do about it",
        arguments: [
            ("redis://:pw@h", "WRONGPASS invalid username-password pair", "WRONGPASS", "user name or password"),
            ("redis://h", "NOAUTH Authentication required.", "NOAUTH", "redis://:password@host"),
            ("redis://h/99", "ERR DB index is out of range", "ERR", "no database 99"),
            ("redis://h/1", "NOPERM this user has no permissions", "NOPERM", "grant SELECT"),
            ("redis://h", "LOADING Redis is loading the dataset in memory", "LOADING", "loading its data"),
            ("redis://h", "ERR max number of clients reached", "ERR", "max number of clients"),
        ]
    )
    func refusedHandshake(url: String, reply: String, prefix: String, advice: String) throws {
        var machine = try Self.make(url)
        _ = machine.connected(at: .s(0))
        guard case .close(let error) = machine.received(.error(reply), at: .s(0)) else {
            Issue.record("not closed")
            return
        }
        #expect(error.code == .reply(prefix))
        #expect(error.message.contains(advice), "\(error.message)")
        #expect(error.message.contains(reply))
    }

    @Test("Replies go to requests in the order sent; a pipeline gets all of its own at once, errors in place")
    func order() throws {
        var machine = try Self.makeReady()
        #expect(machine.submit(.init(request: 1, replyCount: 1), at: .s(1)) == .send(deadline: .s(6)))
        #expect(machine.submit(.init(request: 2, replyCount: 3), at: .s(1)) == .send(deadline: .s(6)))
        #expect(machine.submit(.init(request: 3, replyCount: 1), at: .s(2)) == .send(deadline: .s(7)))
        #expect(machine.received(.integer(1), at: .s(2)) == .answer(1, .integer(1)))
        #expect(machine.received(.integer(2), at: .s(2)) == .none)
        #expect(machine.received(.error("ERR no"), at: .s(2)) == .none)
        #expect(machine.received(.null, at: .s(2)) == .answerAll(2, [.integer(2), .error("ERR no"), .null]))
        #expect(machine.received(.error("ERR no"), at: .s(2)) == .answer(3, .error("ERR no")))
    }

    @Test("A request that ends at an error takes one error for all its replies")
    func endsAtError() throws {
        var machine = try Self.makeReady()
        _ = machine.submit(.init(request: 1, replyCount: 3, endsAtError: true), at: .s(0))
        _ = machine.submit(.init(request: 2, replyCount: 1), at: .s(0))
        #expect(machine.received(.error("NOPERM"), at: .s(0)) == .answerAll(1, [.error("NOPERM")]))
        #expect(machine.received(.integer(2), at: .s(0)) == .answer(2, .integer(2)))
    }

    @Test("An idle connection is tested with PING; its answer is nobody's; the next silence is tested again")
    func idlePing() throws {
        var machine = try Self.makeReady()
        #expect(machine.timerFired(at: .s(1)) == .wait(until: .s(2)))
        #expect(machine.timerFired(at: .s(2)) == .ping(next: .s(4)))
        #expect(machine.received(.status("PONG"), at: .s(3)) == .none)
        #expect(machine.timerFired(at: .s(4)) == .wait(until: .s(5)))
        machine.sawSign(at: .s(5))
        #expect(machine.timerFired(at: .s(5)) == .wait(until: .s(7)))
        #expect(machine.timerFired(at: .s(7)) == .ping(next: .s(9)))
        #expect(machine.received(.array([.bulk("pong"), .bulk("")]), at: .s(8)) == .none)
    }

    @Test("An unanswered PING closes the connection: half-open TCP is found that way")
    func silentPing() throws {
        var machine = try Self.makeReady()
        #expect(machine.timerFired(at: .s(2)) == .ping(next: .s(4)))
        #expect(machine.timerFired(at: .s(4)) == .wait(until: .s(6)))
        #expect(machine.timerFired(at: .s(6)) == .wait(until: .s(7)))
        guard case .close(let error) = machine.timerFired(at: .s(7)) else {
            Issue.record("not closed")
            return
        }
        #expect(error.code == .timeout)
        #expect(machine.closed(error, at: .s(7)) == [])
    }

    @Test("A command that times out takes the connection along: it has the timeout, those after it the loss")
    func commandTimeout() throws {
        var machine = try Self.makeReady()
        _ = machine.submit(.init(request: 1, replyCount: 1), at: .s(1))
        _ = machine.submit(.init(request: 2, replyCount: 2), at: .s(4))
        #expect(machine.timerFired(at: .s(2)) == .wait(until: .s(4)))
        #expect(machine.timerFired(at: .s(5)) == .wait(until: .s(6)))
        guard case .close(let error) = machine.timerFired(at: .s(6)) else {
            Issue.record("not closed")
            return
        }
        #expect(error.message.contains("5.0 seconds"))
        let failures = machine.closed(error, at: .s(6))
        #expect(failures.map(\.request) == [1, 2])
        #expect(failures.map(\.error.code) == [.timeout, .connectionLost])
        #expect(machine.submit(.init(request: 3, replyCount: 1), at: .s(6)).isRefusal(.unavailable))
        #expect(machine.timerFired(at: .s(9)) == .none)
        #expect(machine.closed(error, at: .s(9)) == [])
        #expect(machine.received(.integer(1), at: .s(9)) == .none)
    }

    @Test("A handshake without an answer ends at its time limit")
    func handshakeTimeout() throws {
        var machine = try Self.make()
        _ = machine.connected(at: .s(0))
        #expect(machine.timerFired(at: .s(4)) == .wait(until: .s(5)))
        #expect(machine.timerFired(at: .s(5)).closeCode == .timeout)
    }

    @Test("Draining answers what is in flight, refuses what comes, and ends with the last reply")
    func draining() throws {
        var machine = try Self.makeReady()
        _ = machine.submit(.init(request: 1, replyCount: 1), at: .s(0))
        #expect(machine.drain() == .wait)
        #expect(!machine.isDrained)
        #expect(machine.submit(.init(request: 2, replyCount: 1), at: .s(0)).isRefusal(.shutDown))
        #expect(machine.received(.integer(1), at: .s(0)) == .answer(1, .integer(1)))
        #expect(machine.isDrained)
        #expect(machine.drain() == .none)
    }

    @Test("Draining ends at once when nothing is in flight, and during the handshake")
    func drainingIdle() throws {
        var ready = try Self.makeReady()
        #expect(ready.drain() == .close(Machine.shutDown))
        var connecting = try Self.make()
        _ = connecting.connected(at: .s(0))
        #expect(connecting.drain() == .close(Machine.shutDown))
    }

    @Test("A reply that nothing asked for closes the connection and traps nothing, however many follow")
    func unsolicited() throws {
        var machine = try Self.makeReady()
        guard case .close(let error) = machine.received(.integer(1), at: .s(0)) else {
            Issue.record("not closed")
            return
        }
        #expect(error.code == .protocolViolation)
        guard case .close(let refusal) = machine.received(.error("ERR going down"), at: .s(0)) else {
            Issue.record("not closed")
            return
        }
        #expect(refusal.code == .reply("ERR"))
        _ = machine.closed(error, at: .s(0))
        #expect(machine.received(.integer(1), at: .s(0)) == .none)
    }

    @Test("A shutdown is told to the requests in flight as such")
    func shutDownReason() throws {
        var machine = try Self.makeReady()
        _ = machine.submit(.init(request: 1, replyCount: 1), at: .s(0))
        #expect(machine.closed(Machine.shutDown, at: .s(0)) == [.init(request: 1, error: Machine.shutDown)])
    }
}

extension NIODeadline {
    fileprivate static func s(_ seconds: Int64) -> NIODeadline {
        .uptimeNanoseconds(0) + .seconds(seconds)
    }
}

extension RedisConnectionStateMachine.SubmitAction {
    fileprivate func isRefusal(_ code: RedisError.Code) -> Bool {
        guard case .refuse(let error) = self else { return false }
        return error.code == code
    }
}

extension RedisConnectionStateMachine.TimerAction {
    fileprivate var closeCode: RedisError.Code? {
        guard case .close(let error) = self else { return nil }
        return error.code
    }
}
