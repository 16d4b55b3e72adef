import Consumers
import MusterTesting
import NIOCore
import Testing
import WebSocketServer

@Suite("WebSocket connection state machine, at random")
struct ConnectionStateFuzzTests {
    /// What has to hold of any sequence of actions.
    struct Ledger {
        var closeFramesSent = 0
        var hasClosed = false
        var dropped = 0
        var finished = 0

        mutating func note(_ action: WebSocketConnectionStateMachine.Action) {
            switch action {
            case .ignore: return
            case .deliver, .sendPing, .sendPong:
                #expect(closeFramesSent == 0 && !hasClosed && dropped == 0, "\(action) after the end of sending")
            case .sendClose:
                closeFramesSent += 1
            case .replyCloseAndShutDown, .sendCloseAndShutDown:
                closeFramesSent += 1
                hasClosed = true
            case .shutDown:
                #expect(closeFramesSent == 1 && !hasClosed, "shut down without a close frame, or twice")
                hasClosed = true
            case .timeOut, .drop: dropped += 1
            case .finished: finished += 1
            }
            #expect(closeFramesSent <= 1 && dropped <= 1 && finished <= 1, "\(action) twice")
            if case .finished = action { return }
            #expect(finished == 0, "\(action) after the end")
        }
    }

    static func event(
        _ command: UInt8,
        on machine: inout WebSocketConnectionStateMachine
    ) -> WebSocketConnectionStateMachine.Action {
        switch command % 16 {
        case 0...3: machine.receivedData()
        case 4: machine.receivedPing(ByteBuffer(bytes: [command]))
        case 5: machine.receivedPong()
        case 6...8: machine.keepAliveTick(heard: command & 0x80 != 0)
        case 9, 10: machine.receivedClose(ClosePayload(code: command & 0x80 != 0 ? .normal : .noStatus))
        case 11, 12: machine.closeRequested(.serviceRestart)
        case 13: machine.protocolFailure(.protocolError)
        case 14: machine.closeTimedOut()
        default: machine.transportClosed()
        }
    }

    @Test(
        "sends one close frame at most and nothing behind it, drops once, ends once",
        arguments: 0..<20 as Range<UInt64>
    )
    func ledger(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            var machine = WebSocketConnectionStateMachine()
            var ledger = Ledger()
            for command in random.bytes(30) { ledger.note(Self.event(command, on: &machine)) }
            ledger.note(machine.transportClosed())
            #expect(ledger.finished == 1)
        }
    }
}
