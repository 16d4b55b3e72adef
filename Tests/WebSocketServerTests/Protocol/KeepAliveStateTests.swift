import Consumers
import NIOCore
import Testing
import WebSocketServer

@Suite("WebSocket connection state machine: keep-alive")
struct KeepAliveStateTests {
    @Test("a connection that is heard of is not pinged")
    func busy() {
        var machine = WebSocketConnectionStateMachine()
        #expect(machine.keepAliveTick(heard: true) == .ignore)
        #expect(machine.keepAliveTick(heard: true) == .ignore)
    }

    @Test("a silent connection is pinged, and dropped if it stays silent; the consumer is told 1006")
    func silent() {
        var machine = WebSocketConnectionStateMachine()
        #expect(machine.keepAliveTick(heard: false) == .sendPing)
        #expect(machine.takesData)
        #expect(machine.keepAliveTick(heard: false) == .timeOut)
        #expect(!machine.takesData)
        #expect(machine.keepAliveTick(heard: false) == .ignore)
        #expect(machine.closeTimedOut() == .ignore)
        #expect(machine.closeRequested(.normal) == .ignore)
        #expect(machine.receivedPong() == .ignore)
        #expect(machine.transportClosed() == .finished(.abnormal))
    }

    @Test("any frame answers a ping")
    func anyFrame() {
        let frames: [(inout WebSocketConnectionStateMachine) -> Void] = [
            { _ = $0.receivedPong() }, { _ = $0.receivedPing(ByteBuffer()) }, { _ = $0.receivedData() },
        ]
        for frame in frames {
            var machine = WebSocketConnectionStateMachine()
            #expect(machine.keepAliveTick(heard: false) == .sendPing)
            frame(&machine)
            #expect(machine.keepAliveTick(heard: false) == .sendPing)
        }
    }

    @Test("the middle of a long frame answers a ping too")
    func anyByte() {
        var machine = WebSocketConnectionStateMachine()
        #expect(machine.keepAliveTick(heard: false) == .sendPing)
        #expect(machine.keepAliveTick(heard: true) == .ignore)
        #expect(machine.keepAliveTick(heard: false) == .sendPing)
    }

    @Test("closing needs no answer to the ping")
    func closingWhilePinged() {
        var machine = WebSocketConnectionStateMachine()
        #expect(machine.keepAliveTick(heard: false) == .sendPing)
        #expect(machine.closeRequested(.normal) == .sendClose(ClosePayload(code: .normal)))
        #expect(machine.keepAliveTick(heard: false) == .ignore)
        #expect(machine.closeTimedOut() == .drop)
    }
}
