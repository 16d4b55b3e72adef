/// What can go wrong between a consumer and its channel layer.
public struct ChannelLayerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of failure; further ones may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Base: String {
            case invalidName, invalidMessage, channelFull, cancelled, closed, unavailable, refused
        }
        private let base: Base

        /// A group or channel name breaks Channels' rules.
        public static let invalidName = Code(base: .invalidName)
        /// The layer's serializer cannot carry the message, such as bytes in JSON.
        public static let invalidMessage = Code(base: .invalidMessage)
        /// As many messages wait for the channel as its capacity allows: Channels' `ChannelFull`.
        public static let channelFull = Code(base: .channelFull)
        /// The task that waited was cancelled.
        public static let cancelled = Code(base: .cancelled)
        /// The connection that was to join is gone, or the layer is shutting down.
        public static let closed = Code(base: .closed)
        /// The layer's server cannot be reached now; the call may be repeated later.
        public static let unavailable = Code(base: .unavailable)
        /// The layer's server answered with an error; repeating the call will not help until an operator acts.
        public static let refused = Code(base: .refused)

        /// The text that operators see.
        public var description: String { base.rawValue }
    }

    /// The kind of failure.
    public let code: Code
    /// One line that says what happened and what to do about it.
    public let message: String

    /// Makes an error.
    ///
    /// - Parameters:
    ///   - code: The kind of failure.
    ///   - message: One line that says what happened and what to do about it.
    public init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    /// The text that operators see.
    public var description: String { message }

    /// What everyone hears who asks a layer that is ending.
    package static let shuttingDown = ChannelLayerError(code: .closed, message: "the channel layer is shutting down")

    /// A task that waited for a message was cancelled.
    package init(cancelledWaitFor channel: ChannelName) {
        self.init(code: .cancelled, message: "the wait for a message on \(channel) was cancelled")
    }

    /// Somebody wants to receive from a channel that is not theirs.
    package init(cannotReceiveFrom channel: ChannelName) {
        self.init(
            code: .invalidName,
            message: "\(channel) cannot be received from here: use a name that newChannel of this layer made"
        )
    }
}
