import ChannelLayers

/// The moments after the layer's server has come back: perhaps not for every call yet.
enum ServerReturn {
    private static let pauses = [Duration.milliseconds(100), .milliseconds(400), .seconds(1), .seconds(2)]
    /// After so long nothing is tried again: a call to a server that hangs takes seconds, and a handler has its limit.
    private static let patience = Duration.seconds(5)

    /// Does what has to be done then, again if the server is not there yet.
    ///
    /// - Parameter work: May be done more than once.
    /// - Returns: What the work returns.
    /// - Throws: What the work throws: `.unavailable` only when it has been tried five times, or for
    ///   some seconds.
    static func retrying<Value: Sendable>(_ work: () async throws -> Value) async throws -> Value {
        let end = ContinuousClock.now + patience
        for pause in pauses {
            do {
                return try await work()
            } catch let error as ChannelLayerError where error.code == .unavailable && .now < end {
                // Nothing tells when a server takes calls again: longer from time to time, so as not to press it.
                try await Task.sleep(for: pause)
            }
        }
        return try await work()
    }
}
