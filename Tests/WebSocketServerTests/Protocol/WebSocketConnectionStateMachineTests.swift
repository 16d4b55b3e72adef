import Consumers
import NIOCore
import Testing
import WebSocketServer

@Suite("WebSocket connection state machine")
struct WebSocketConnectionStateMachineTests {
    static let payload = ByteBuffer(string: "are you there?")

    @Test("while open: data is delivered, pings are answered, pongs are taken")
    func open() {
        var machine = WebSocketConnectionStateMachine()
        #expect(machine.takesData)
        #expect(machine.receivedData() == .deliver)
        #expect(machine.receivedPing(Self.payload) == .sendPong(Self.payload))
        #expect(machine.receivedPong() == .ignore)
        #expect(machine.receivedData() == .deliver)
        #expect(machine.closeTimedOut() == .ignore)
        #expect(machine == WebSocketConnectionStateMachine())
    }

    @Test("the peer closes: its code is echoed, nothing behind it counts, and the consumer is told the code")
    func peerCloses() {
        var machine = WebSocketConnectionStateMachine()
        let leaving = ClosePayload(code: .goingAway, reason: "leaving")
        #expect(machine.receivedClose(leaving) == .replyCloseAndShutDown(ClosePayload(code: .goingAway)))
        #expect(!machine.takesData)
        #expect(machine.receivedData() == .ignore)
        #expect(machine.receivedPing(Self.payload) == .ignore)
        #expect(machine.receivedPong() == .ignore)
        #expect(machine.receivedClose(ClosePayload(code: .normal)) == .ignore)
        #expect(machine.closeRequested(.normal) == .ignore)
        #expect(machine.protocolFailure(.protocolError) == .ignore)
        #expect(machine.keepAliveTick(heard: false) == .ignore)
        #expect(machine.transportClosed() == .finished(.goingAway))
    }

    @Test("the peer closes without a code: the echo is empty too, and the consumer is told 1005")
    func peerClosesWithoutCode() {
        var machine = WebSocketConnectionStateMachine()
        let empty = ClosePayload(code: .noStatus)
        #expect(machine.receivedClose(empty) == .replyCloseAndShutDown(empty))
        #expect(machine.transportClosed() == .finished(.noStatus))
    }

    @Test("we close: data and pings that come until the peer's close frame are ignored")
    func weClose() {
        var machine = WebSocketConnectionStateMachine()
        #expect(
            machine.closeRequested(.normal, reason: "bye") == .sendClose(ClosePayload(code: .normal, reason: "bye"))
        )
        #expect(!machine.takesData)
        #expect(machine.closeRequested(.serviceRestart) == .ignore)
        #expect(machine.receivedData() == .ignore)
        #expect(machine.receivedPing(Self.payload) == .ignore)
        #expect(machine.receivedPong() == .ignore)
        #expect(machine.keepAliveTick(heard: false) == .ignore)
        #expect(machine.keepAliveTick(heard: false) == .ignore)
        #expect(machine.receivedClose(ClosePayload(code: .normal)) == .shutDown)
        #expect(machine.receivedClose(ClosePayload(code: .normal)) == .ignore)
        #expect(machine.transportClosed() == .finished(.normal))
    }

    @Test("we close and the peer's close frame is empty: the consumer is told 1005")
    func weCloseAnsweredEmpty() {
        var machine = WebSocketConnectionStateMachine()
        _ = machine.closeRequested(.normal)
        #expect(machine.receivedClose(ClosePayload(code: .noStatus)) == .shutDown)
        #expect(machine.transportClosed() == .finished(.noStatus))
    }

    @Test("both close at once: each has sent one close frame, and that is all")
    func bothClose() {
        var machine = WebSocketConnectionStateMachine()
        #expect(machine.closeRequested(.serviceRestart) == .sendClose(ClosePayload(code: .serviceRestart)))
        #expect(machine.receivedClose(ClosePayload(code: .goingAway)) == .shutDown)
        #expect(machine.transportClosed() == .finished(.goingAway))
    }

    @Test("we close and the peer says nothing: dropped, once, and the consumer is told 1006")
    func closeTimesOut() {
        var machine = WebSocketConnectionStateMachine()
        _ = machine.closeRequested(.normal)
        #expect(machine.closeTimedOut() == .drop)
        #expect(machine.closeTimedOut() == .ignore)
        #expect(machine.receivedClose(ClosePayload(code: .normal)) == .ignore)
        #expect(machine.transportClosed() == .finished(.abnormal))
    }

    @Test("the handshake is done but the transport stays: dropped, and the consumer is still told the peer's code")
    func shutDownTimesOut() {
        var machine = WebSocketConnectionStateMachine()
        _ = machine.receivedClose(ClosePayload(code: CloseCode(rawValue: 4001)))
        #expect(machine.closeTimedOut() == .drop)
        #expect(machine.closeTimedOut() == .ignore)
        #expect(machine.transportClosed() == .finished(CloseCode(rawValue: 4001)))
    }

    @Test("the peer breaks the protocol: it is told why, its close frame counts no more, the consumer is told 1006")
    func protocolFailure() {
        var machine = WebSocketConnectionStateMachine()
        let why = ClosePayload(code: .invalidPayload, reason: "not UTF-8")
        #expect(machine.protocolFailure(.invalidPayload, reason: "not UTF-8") == .sendCloseAndShutDown(why))
        #expect(machine.protocolFailure(.protocolError) == .ignore)
        #expect(machine.receivedClose(ClosePayload(code: .normal)) == .ignore)
        #expect(machine.receivedData() == .ignore)
        #expect(machine.closeTimedOut() == .drop)
        #expect(machine.transportClosed() == .finished(.abnormal))
    }

    @Test("the peer breaks the protocol after our close frame: no second one is sent")
    func protocolFailureAfterClose() {
        var machine = WebSocketConnectionStateMachine()
        _ = machine.closeRequested(.tryAgainLater)
        #expect(machine.protocolFailure(.messageTooBig) == .shutDown)
        #expect(machine.receivedClose(ClosePayload(code: .normal)) == .ignore)
        #expect(machine.transportClosed() == .finished(.abnormal))
    }

    @Test("the transport is lost: the consumer is told 1006 if no close frame came")
    func transportLost() {
        var open = WebSocketConnectionStateMachine()
        #expect(open.transportClosed() == .finished(.abnormal))
        var closing = WebSocketConnectionStateMachine()
        _ = closing.closeRequested(.normal)
        #expect(closing.transportClosed() == .finished(.abnormal))
    }

    @Test("once finished, every event is ignored")
    func finished() {
        var machine = WebSocketConnectionStateMachine()
        _ = machine.transportClosed()
        #expect(!machine.takesData)
        #expect(machine.transportClosed() == .ignore)
        #expect(machine.receivedData() == .ignore)
        #expect(machine.receivedPing(Self.payload) == .ignore)
        #expect(machine.receivedPong() == .ignore)
        #expect(machine.receivedClose(ClosePayload(code: .normal)) == .ignore)
        #expect(machine.protocolFailure(.protocolError) == .ignore)
        #expect(machine.closeRequested(.normal) == .ignore)
        #expect(machine.keepAliveTick(heard: false) == .ignore)
        #expect(machine.closeTimedOut() == .ignore)
        #expect(machine == .finished)
    }
}
