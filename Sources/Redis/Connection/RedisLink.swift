import Logging
import NIOCore

/// What a link tells its owner; always on the event loop.
protocol RedisLinkDelegate<Request>: AnyObject {
    associatedtype Request

    /// There is a connection that takes requests.
    func linkDidConnect(_ connection: RedisConnectionHandler<Request>, isReconnect: Bool)
    /// There is none, or none any more; `answers` are the requests that died with it.
    func linkIsDown(because reason: RedisError, failing answers: [RedisAnswer<Request>])
    func linkDidAnswer(_ answers: [RedisAnswer<Request>])
    func linkDidReceive(_ publication: RedisPublication)
    /// The last call: nothing follows until the process ends.
    func linkDidFinish()
}

/// Keeps one connection alive: connects, waits, connects again, until stopped.
///
/// Confined to its event loop; ``ReconnectStateMachine`` decides, this carries out.
final class RedisLink<Request> {
    enum Ending {
        /// Let what is in flight be answered.
        case graceful
        case immediate
    }

    private let address: RedisAddress
    private let configuration: RedisClientConfiguration
    private let takesPublications: Bool
    private let eventLoop: any EventLoop
    private let logger: Logger
    private var machine: ReconnectStateMachine<SystemRandomNumberGenerator>
    private var connector: RedisConnector?
    private var handler: RedisConnectionHandler<Request>?
    private var pause: Scheduled<Void>?
    private var connections = 0
    private var lastLogged: RedisError?
    weak var delegate: (any RedisLinkDelegate<Request>)?

    init(
        address: RedisAddress,
        configuration: RedisClientConfiguration,
        takesPublications: Bool,
        eventLoop: any EventLoop,
        logger: Logger
    ) {
        self.address = address
        self.configuration = configuration
        self.takesPublications = takesPublications
        self.eventLoop = eventLoop
        self.logger = logger
        machine = ReconnectStateMachine(bounds: configuration.backoff, source: SystemRandomNumberGenerator())
    }

    /// The connection, while it takes requests.
    var connection: RedisConnectionHandler<Request>? {
        handler?.readySince == nil ? nil : handler
    }

    /// Begins; `linkDidFinish` tells the end.
    ///
    /// Returns `false` when it had begun before.
    func start(_ connector: RedisConnector) -> Bool {
        switch machine.start() {
        case .connect:
            self.connector = connector
            connect()
            return true
        case .finish:
            delegate?.linkDidFinish()
            return true
        case .refuse:
            return false
        }
    }

    func stop(_ ending: Ending) {
        switch machine.stop() {
        case .close:
            end(ending)
        case .finish:
            pause?.cancel()
            delegate?.linkDidFinish()
        case .none:
            // The second call may be the harder one: a cancellation during a graceful end.
            end(ending)
        }
    }

    /// Gives up the present connection for a reason of the owner's and connects anew.
    func reconnect(because reason: RedisError) {
        handler?.close(reason)
    }

    // MARK: Private

    private func end(_ ending: Ending) {
        switch ending {
        case .graceful: handler?.drain()
        case .immediate: handler?.close(RedisConnectionStateMachine<Request>.shutDown)
        }
    }

    private func connect() {
        guard let connector else { return }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        connector.connect(on: eventLoop) { try bound.value.makeHandler() }
            .assumeIsolated()
            .whenComplete { result in
                // Strong: a connection that comes after the end must find someone to close it.
                self.attemptEnded(result)
            }
    }

    private func makeHandler() throws(RedisError) -> RedisConnectionHandler<Request> {
        try RedisConnectionHandler(
            address: address,
            configuration: configuration,
            takesPublications: takesPublications,
            delegate: self
        )
    }

    private func attemptEnded(_ result: Result<any Channel, any Error>) {
        do {
            let channel = try result.get()
            let handler = try channel.pipeline.syncOperations.handler(type: RedisConnectionHandler<Request>.self)
            use(handler, channel)
        } catch {
            let reason = RedisError(connectingTo: address, failed: error)
            retry(machine.connectFailed(), because: reason, failing: [])
        }
    }

    private func use(_ handler: RedisConnectionHandler<Request>, _ channel: any Channel) {
        switch machine.connected() {
        case .discard:
            channel.close(promise: nil)
        case .use:
            self.handler = handler
            // It may have closed before it was ours; its report went unheeded then.
            if let reason = handler.closeReason { connectionEnded(handler, because: reason, failing: []) }
        }
    }

    private func connectionEnded(
        _ handler: RedisConnectionHandler<Request>,
        because reason: RedisError,
        failing answers: [RedisAnswer<Request>]
    ) {
        self.handler = nil
        let lifetime = handler.readySince.map { Duration.nanoseconds((eventLoop.now - $0).nanoseconds) } ?? .zero
        retry(machine.lost(after: lifetime), because: reason, failing: answers)
    }

    private func retry(
        _ action: ReconnectStateMachine<SystemRandomNumberGenerator>.LossAction,
        because reason: RedisError,
        failing answers: [RedisAnswer<Request>]
    ) {
        switch action {
        case .retry(let duration):
            log(reason)
            delegate?.linkIsDown(because: reason, failing: answers)
            pause = eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(duration)) { [weak self] in
                guard let self, case .connect = machine.pauseEnded() else { return }
                connect()
            }
        case .finish:
            delegate?.linkIsDown(because: reason, failing: answers)
            delegate?.linkDidFinish()
        case .none:
            break
        }
    }

    /// One warning per change of reason: an outage of an hour fills no disk.
    private func log(_ reason: RedisError) {
        let level: Logger.Level = reason == lastLogged ? .debug : .warning
        lastLogged = reason
        logger.log(
            level: level,
            "\(reason.message)",
            metadata: ["redis": "\(address.place)", "code": "\(reason.code)"]
        )
    }
}

extension RedisLink: RedisConnectionDelegate {
    func connectionDidBecomeReady(_ connection: RedisConnectionHandler<Request>) {
        guard connection === handler else { return }
        connections += 1
        lastLogged = nil
        logger.info("connected to Redis", metadata: ["redis": "\(address)"])
        delegate?.linkDidConnect(connection, isReconnect: connections > 1)
    }

    func connection(_ connection: RedisConnectionHandler<Request>, didAnswer answers: [RedisAnswer<Request>]) {
        delegate?.linkDidAnswer(answers)
    }

    func connection(_ connection: RedisConnectionHandler<Request>, didReceive publication: RedisPublication) {
        delegate?.linkDidReceive(publication)
    }

    func connection(
        _ connection: RedisConnectionHandler<Request>,
        didCloseBecause reason: RedisError,
        failing answers: [RedisAnswer<Request>]
    ) {
        guard connection === handler else { return }
        connectionEnded(connection, because: reason, failing: answers)
    }
}
