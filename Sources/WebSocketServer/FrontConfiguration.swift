/// How a front listens and what it bounds.
public struct FrontConfiguration: Sendable {
    /// The address to listen on, such as `127.0.0.1` or `0.0.0.0`.
    public var host: String
    /// The port to listen on; 0 takes a free one.
    public var port: Int
    /// How often a connection is looked at: silent for a whole interval, it is pinged; silent for another, dropped.
    ///
    /// At least a second; rounded to whole seconds.
    public var pingInterval: Duration
    /// How long the peer may take to finish a closing handshake before the connection is dropped.
    public var closeTimeout: Duration
    /// How long a new connection may take to send its first request.
    public var handshakeTimeout: Duration
    /// How long a kept-alive HTTP connection may be idle, and how long its client may take nothing of a response.
    public var httpIdleTimeout: Duration
    /// How much may wait to be sent to one client, in bytes.
    ///
    /// A client that lets more pile up is closed with 1013.
    public var outboundLimit: Int
    /// The longest message taken from a client, in bytes.
    ///
    /// A longer one closes the connection with 1009.
    public var maximumMessageLength: Int
    /// How long a consumer may take for one event, waiting to join a group not counted.
    ///
    /// One that takes longer has its connection closed with 1011.
    public var consumerTimeout: Duration
    /// How long a front that was told to stop goes on listening, unready, so that the load balancer notices.
    public var drainDelay: Duration
    /// Over how long it then closes its connections, evenly.
    public var drainTime: Duration

    /// Makes a configuration.
    ///
    /// - Parameters:
    ///   - host: The address to listen on.
    ///   - port: The port to listen on; 0 takes a free one.
    ///   - pingInterval: How long a connection may be silent before it is pinged.
    ///   - closeTimeout: How long a closing handshake may take.
    ///   - handshakeTimeout: How long a new connection may take to send its first request.
    ///   - httpIdleTimeout: How long a kept-alive HTTP connection may be idle.
    ///   - outboundLimit: How many bytes may wait to be sent to one client.
    ///   - maximumMessageLength: The longest message taken from a client, in bytes.
    ///   - consumerTimeout: How long a consumer may take for one event.
    ///   - drainDelay: How long a front that was told to stop goes on listening.
    ///   - drainTime: Over how long it then closes its connections.
    public init(
        host: String = "127.0.0.1",
        port: Int = 8000,
        pingInterval: Duration = .seconds(20),
        closeTimeout: Duration = .seconds(5),
        handshakeTimeout: Duration = .seconds(10),
        httpIdleTimeout: Duration = .seconds(60),
        outboundLimit: Int = 1 << 20,
        maximumMessageLength: Int = 1 << 20,
        consumerTimeout: Duration = .seconds(30),
        drainDelay: Duration = .zero,
        drainTime: Duration = .zero
    ) {
        precondition(pingInterval >= .seconds(1), "a front looks at its connections once a second")
        precondition(outboundLimit > 0 && maximumMessageLength > 0, "a limit of 0 would let nothing through")
        self.host = host
        self.port = port
        self.pingInterval = pingInterval
        self.closeTimeout = closeTimeout
        self.handshakeTimeout = handshakeTimeout
        self.httpIdleTimeout = httpIdleTimeout
        self.outboundLimit = outboundLimit
        self.maximumMessageLength = maximumMessageLength
        self.consumerTimeout = consumerTimeout
        self.drainDelay = drainDelay
        self.drainTime = drainTime
    }
}
