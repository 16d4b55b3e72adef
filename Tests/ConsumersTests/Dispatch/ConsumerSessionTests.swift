import Consumers
import Messages
import Testing

struct ConsumerSessionTests {
    private let journal = Journal()
    private let gate = Gate()

    private func session(
        _ handle: @escaping @Sendable (String, Connection) async throws -> Void
    ) -> any ConsumerSession {
        ConsumerKind { _ in ScriptedConsumer(handle: handle) }
            .session(RecordingTransport(journal: journal).connection)
    }

    @Test("A handler that does not suspend is done when deliver returns")
    func inline() {
        let session = session { [journal] event, _ in journal.note(event) }
        #expect(session.deliver(.connected) == .open)
        #expect(session.deliver(.text("a")) == .open)
        #expect(session.deliver(.binary([1, 2])) == .open)
        #expect(session.deliver(.message(Message(type: "m"))) == .open)
        #expect(session.deliver(.disconnected(.goingAway)) == .open)
        #expect(journal.lines == ["connected", "a", "bytes [1, 2]", "message m", "disconnected 1001"])
    }

    @Test("While a handler is suspended further events wait, and come in order, one at a time")
    func order() async {
        let session = session { [journal, gate] event, _ in
            journal.note("\(event) begins")
            if event == "connected" { await gate.pass() } else { await Task.yield() }
            journal.note("\(event) ends")
        }
        let events = ["connected"] + (0..<20).map(String.init)
        #expect(session.deliver(.connected) == .open)
        for event in events.dropFirst() { #expect(session.deliver(.text(event)) == .open) }
        #expect(journal.lines == ["connected begins"])
        gate.open()
        #expect(await journal.lines(count: 42) == events.flatMap { ["\($0) begins", "\($0) ends"] })
    }

    @Test("An event that a handler causes is handled after it, not inside it")
    func reentrance() {
        let box = SessionBox()
        let session = session { [journal] event, _ in
            journal.note("\(event) begins")
            if event == "a" { box.deliver(.text("b")) }
            journal.note("\(event) ends")
        }
        box.hold(session)
        _ = session.deliver(.text("a"))
        #expect(journal.lines == ["a begins", "a ends", "b begins", "b ends"])
        box.hold(nil)
    }

    @Test("What a handler throws closes the connection with 1011; the end is still handled")
    func failure() {
        let session = session { [journal] event, _ in
            journal.note(event)
            if event != "connected" { throw Mishap() }
        }
        for event in [.connected, .text("a"), .disconnected(.internalError)] as [ConsumerEvent] {
            _ = session.deliver(event)
        }
        #expect(journal.lines == ["connected", "a", "close 1011 ", "disconnected 1011", "close 1011 "])
    }

    @Test("From 64 waiting events on a session is full; with 32 left it says once that there is room")
    func pressure() async {
        let session = session { [journal, gate] event, _ in
            if event == "connected" { await gate.pass() }
            journal.note(event)
        }
        session.onDrained { [journal] in journal.note("drained") }
        #expect(session.deliver(.connected) == .open)
        for event in 1..<64 { #expect(session.deliver(.text("\(event)")) == .open) }
        for event in 64...70 { #expect(session.deliver(.text("\(event)")) == .full) }
        gate.open()
        let lines = await journal.lines(count: 72)
        #expect(lines.filter { $0 != "drained" } == ["connected"] + (1...70).map(String.init))
        // Drained is said as the 38th of 70 leaves the queue, before it is handled.
        #expect(lines.enumerated().filter { $0.element == "drained" }.map(\.offset) == [38])
        #expect(session.deliver(.text("71")) == .open)
    }

    @Test("With 1,024 waiting events no further message is taken; what the client sent, and the end, still is")
    func overflow() async {
        let session = session { [journal, gate] event, _ in
            if event == "connected" { await gate.pass() }
            journal.note(event)
        }
        _ = session.deliver(.connected)
        for _ in 0..<1024 { #expect(session.deliver(.message(Message(type: "m"))) != .overflowing) }
        #expect(session.deliver(.message(Message(type: "late"))) == .overflowing)
        #expect(session.deliver(.text("t")) == .full)
        #expect(session.deliver(.disconnected(.tryAgainLater)) == .full)
        gate.open()
        let lines = await journal.lines(count: 1027)
        let messages = Array(repeating: "message m", count: 1024)
        #expect(lines == ["connected"] + messages + ["t", "disconnected 1013"])
    }

    @Test("A session that nobody holds is gone, and its consumer with it")
    func lifetime() {
        weak var token: Token?
        weak var session: (any ConsumerSession)?
        do {
            let held = Token()
            let kept = self.session { [held] _, _ in _ = held }
            _ = kept.deliver(.text("a"))
            (token, session) = (held, kept)
            #expect(token != nil && session != nil)
            withExtendedLifetime((held, kept)) {}
        }
        #expect(session == nil)
        #expect(token == nil)
    }
}

private final class Token: Sendable {}
