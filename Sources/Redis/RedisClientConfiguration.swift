/// How a connection to Redis behaves; the same for commands and for subscriptions.
package struct RedisClientConfiguration: Sendable {
    /// Bounds of the pause between two attempts to connect.
    package struct BackoffBounds: Sendable, Equatable {
        /// Upper bound of the first pause; it doubles with each failed attempt.
        package var initial: Duration
        /// Where the doubling stops.
        package var maximum: Duration

        package init(initial: Duration, maximum: Duration) {
            precondition(initial > .zero && initial <= maximum, "backoff must satisfy 0 < initial <= maximum")
            self.initial = initial
            self.maximum = maximum
        }
    }

    /// How long a command, a subscription or a PING may go unanswered before the connection is given up.
    package var commandTimeout: Duration
    /// How long name resolution and the TCP or Unix connection may take.
    package var connectTimeout: Duration
    /// Pauses between attempts; each one is random between zero and its bound, so that a fleet does not come back at once.
    package var backoff: BackoffBounds
    /// After this long without a sign of life an idle connection is tested with PING.
    package var pingInterval: Duration
    /// How many commands may be on their way at once; further ones fail with `.overloaded`.
    package var maxPendingCommands: Int
    /// The longest reply or message, in bytes as Redis sends it; for a longer one the connection is given up.
    package var maxReplyBytes: Int
    /// A file of PEM certificates to trust for `rediss`; `nil` trusts what the system trusts.
    package var caFile: String?
    /// What `CLIENT LIST` shows; printable ASCII without spaces.
    package var clientName: String?

    package init(
        commandTimeout: Duration = .seconds(5),
        connectTimeout: Duration = .seconds(3),
        backoff: BackoffBounds = .init(initial: .milliseconds(50), maximum: .seconds(2)),
        pingInterval: Duration = .seconds(2),
        maxPendingCommands: Int = 65_536,
        maxReplyBytes: Int = 64 * 1_024 * 1_024,
        caFile: String? = nil,
        clientName: String? = "muster"
    ) {
        precondition(commandTimeout > .zero, "commandTimeout must be positive")
        precondition(connectTimeout > .zero, "connectTimeout must be positive")
        precondition(pingInterval > .zero, "pingInterval must be positive")
        precondition(maxPendingCommands > 0, "maxPendingCommands must be positive")
        precondition(maxReplyBytes > 0, "maxReplyBytes must be positive")
        self.commandTimeout = commandTimeout
        self.connectTimeout = connectTimeout
        self.backoff = backoff
        self.pingInterval = pingInterval
        self.maxPendingCommands = maxPendingCommands
        self.maxReplyBytes = maxReplyBytes
        self.caFile = caFile
        self.clientName = clientName
    }
}
