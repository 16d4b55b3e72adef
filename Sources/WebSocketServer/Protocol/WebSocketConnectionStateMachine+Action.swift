package import Consumers
package import NIOCore

extension WebSocketConnectionStateMachine {
    /// What an event asks for.
    ///
    /// To *shut down* is to close the sending half behind what was sent, to keep reading without looking at it, and to
    /// close when the peer has closed or the close timer says `drop`. Closing at once would reset a transport that has
    /// unread bytes, and the peer would lose the close frame that tells it why.
    package enum Action: Sendable, Hashable {
        /// Do nothing.
        case ignore
        /// Hand the frame on, to the message it is part of.
        case deliver
        /// Send a ping; its payload is free.
        case sendPing
        /// Send a pong with this payload, at most 125 bytes.
        case sendPong(ByteBuffer)
        /// Send this close frame, start the close timer, and read on: the peer's close frame is waited for.
        case sendClose(ClosePayload)
        /// Send this close frame, which ends the handshake that the peer began, start the close timer and shut down.
        case replyCloseAndShutDown(ClosePayload)
        /// Send this close frame, which tells the peer what it did wrong, start the close timer and shut down.
        case sendCloseAndShutDown(ClosePayload)
        /// Shut down; a close frame was sent before, and the timer that was started then runs on.
        case shutDown
        /// Close the transport at once: the peer gives no sign of life.
        case timeOut
        /// Close the transport at once: the peer did not close in time.
        case drop
        /// The transport is gone. Unless the consumer was told with an earlier close frame, tell it how the connection
        /// ended: with the peer's code, with `CloseCode.noStatus` if its close frame was empty, with
        /// `CloseCode.abnormal` if none came that counts.
        case finished(CloseCode)
    }
}
