public import Consumers

/// What the client sees.
extension ConsumerCommunicator {
    /// Takes the next message to the client.
    ///
    /// At most 1,024 wait to be taken; one more, and the connection is closed with 1013, as a front closes a client that
    /// does not read.
    ///
    /// - Parameter timeout: How long to wait at most.
    /// - Returns: The message. Those that were sent before the connection ended can still be taken.
    /// - Throws: `.timeout`, `.closed` when the connection has ended and nothing is left, or `.notConnected`.
    public func nextFrame(timeout: Duration = .seconds(5)) async throws(CommunicatorError) -> OutboundFrame {
        let next = try await wait(for: "frame", timeout: timeout) {
            state -> Result<OutboundFrame, CommunicatorError>? in
            guard state.frames.isEmpty else { return .success(state.frames.removeFirst()) }
            return state.obstacle.map { .failure($0) }
        }
        return try next.get()
    }

    /// Takes the next message to the client, which has to be text.
    ///
    /// - Parameter timeout: How long to wait at most.
    /// - Returns: The text.
    /// - Throws: As `nextFrame`, and `.notText`.
    public func nextText(timeout: Duration = .seconds(5)) async throws(CommunicatorError) -> String {
        switch try await nextFrame(timeout: timeout) {
        case .text(let text): return text
        case .binary(let bytes): throw .notText(byteCount: bytes.count)
        }
    }

    /// Watches for a message to the client and leaves it to be taken.
    ///
    /// - Parameter time: How long.
    /// - Returns: Whether none was there or came in that time.
    public func receivesNothing(for time: Duration = .milliseconds(50)) async -> Bool {
        await state.wait(timeout: time) { $0.frames.isEmpty ? nil : () } == nil
    }

    /// The code with which either side closed the connection; `nil` while it is open.
    public var closeCode: CloseCode? { state.read(\.closeCode) }

    /// Waits for the end of the connection.
    ///
    /// - Parameter timeout: How long at most.
    /// - Returns: The code with which either side closed it.
    /// - Throws: `.timeout`.
    public func nextCloseCode(timeout: Duration = .seconds(5)) async throws(CommunicatorError) -> CloseCode {
        try await wait(for: "end of the connection", timeout: timeout) { $0.closeCode }
    }
}
