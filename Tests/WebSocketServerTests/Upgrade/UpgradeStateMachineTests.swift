import Testing

@testable import WebSocketServer

@Suite("Upgrade state machine")
struct UpgradeStateMachineTests {
    private typealias Machine = UpgradeStateMachine<String, String>

    @Test("a first request for a WebSocket: taken at its end")
    func firstRequest() {
        var machine = Machine.waiting
        #expect(machine.received(.accept("chat")) == .swallow)
        #expect(machine.receivedEnd() == .take(.accept("chat")))
        #expect(machine.timedOut() == false)
        #expect(machine.received(nil) == .swallow)
        #expect(machine.receivedEnd() == .swallow)
    }

    @Test("a first request that is refused: answered at once, its body is not waited for")
    func firstRequestRefused() {
        var machine = Machine.waiting
        #expect(machine.received(.refuse("no")) == .take(.refuse("no")))
        #expect(machine.receivedEnd() == .swallow)
        #expect(machine.httpFinished() == .pass)
        #expect(machine.timedOut() == false)
    }

    @Test("HTTP requests are passed on, and HTTP may close its side")
    func http() {
        var machine = Machine.waiting
        #expect(machine.received(nil) == .startHTTP)
        #expect(machine.receivedEnd() == .pass)
        #expect(machine.received(nil) == .pass)
        #expect(machine.receivedEnd() == .pass)
        #expect(machine.timedOut() == false)
        #expect(machine.httpFinished() == .pass)
    }

    @Test("a later request for a WebSocket: HTTP finishes first, then it is taken")
    func laterRequest() {
        var machine = Machine.waiting
        #expect(machine.received(nil) == .startHTTP)
        #expect(machine.receivedEnd() == .pass)
        #expect(machine.received(.accept("chat")) == .finishHTTP)
        #expect(machine.receivedEnd() == .swallow)
        #expect(machine.httpFinished() == .take(.accept("chat")))
        #expect(machine.httpFinished() == .pass)
    }

    @Test("a later request for a WebSocket whose end comes after HTTP has finished")
    func laterRequestEndsLate() {
        var machine = Machine.waiting
        #expect(machine.received(nil) == .startHTTP)
        #expect(machine.receivedEnd() == .pass)
        #expect(machine.received(.accept("chat")) == .finishHTTP)
        #expect(machine.httpFinished() == .swallow)
        #expect(machine.receivedEnd() == .take(.accept("chat")))
    }

    @Test("a later request that is refused: answered as soon as HTTP has finished, its body is not waited for")
    func laterRequestRefused() {
        var machine = Machine.waiting
        #expect(machine.received(nil) == .startHTTP)
        #expect(machine.receivedEnd() == .pass)
        #expect(machine.received(.refuse("no")) == .finishHTTP)
        #expect(machine.httpFinished() == .take(.refuse("no")))
        #expect(machine.receivedEnd() == .swallow)
    }

    @Test("requests behind one for a WebSocket are not looked at")
    func requestsBehind() {
        var machine = Machine.waiting
        #expect(machine.received(nil) == .startHTTP)
        #expect(machine.receivedEnd() == .pass)
        #expect(machine.received(.accept("chat")) == .finishHTTP)
        #expect(machine.receivedEnd() == .swallow)
        #expect(machine.received(nil) == .swallow)
        #expect(machine.received(.accept("other")) == .swallow)
        #expect(machine.httpFinished() == .take(.accept("chat")))
    }

    @Test("a connection that sends no request in time is closed, once")
    func timeOut() {
        var machine = Machine.waiting
        #expect(machine.timedOut() == true)
        #expect(machine.timedOut() == false)
        #expect(machine.received(.accept("chat")) == .swallow)
        #expect(machine.receivedEnd() == .swallow)
    }

    @Test("a connection that is gone takes no turn")
    func closed() {
        var machine = Machine.waiting
        #expect(machine.received(nil) == .startHTTP)
        #expect(machine.receivedEnd() == .pass)
        #expect(machine.received(.accept("chat")) == .finishHTTP)
        #expect(machine.receivedEnd() == .swallow)
        machine.connectionClosed()
        #expect(machine.httpFinished() == .pass)
        #expect(machine.receivedEnd() == .swallow)
        #expect(machine.timedOut() == false)
    }
}
