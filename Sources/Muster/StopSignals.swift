import Logging
import ServiceLifecycle
import UnixSignals

/// SIGTERM and SIGINT: the first asks the process to end, the second not to take its time.
struct StopSignals: Sendable {
    /// What a signal asks for, by how many came before.
    enum Request: Sendable, Equatable {
        case stop
        case hurry
        /// Nothing is left to be asked for.
        case nothing

        init(signalsBefore: Int) {
            switch signalsBefore {
            case 0: self = .stop
            case 1: self = .hurry
            default: self = .nothing
            }
        }
    }

    private let signals: UnixSignalsSequence
    private let logger: Logger

    /// From here on a signal does not end the process by itself; one that comes before `run` is not lost.
    init(logger: Logger) async {
        signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        self.logger = logger
    }

    /// Runs the services, and has the signals act on them, also those that came before.
    ///
    /// - Parameters:
    ///   - services: What ends at the first signal.
    ///   - hurry: What the second signal does.
    /// - Throws: What a service throws.
    func run(_ services: ServiceGroup, hurry: @escaping @Sendable () -> Void) async throws {
        try await withThrowingTaskGroup { tasks in
            tasks.addTask {
                var count = 0
                for await signal in signals {
                    switch Request(signalsBefore: count) {
                    case .stop:
                        logger.notice("told to stop", metadata: ["signal": "\(signal)"])
                        await services.triggerGracefulShutdown()
                    case .hurry:
                        logger.notice("told to hurry", metadata: ["signal": "\(signal)"])
                        hurry()
                    case .nothing:
                        break
                    }
                    count += 1
                }
            }
            defer { tasks.cancelAll() }
            try await services.run()
        }
    }
}
