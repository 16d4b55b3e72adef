import ChannelLayers
import CoreMetrics
public import Logging
public import ServiceLifecycle

/// Removes, every now and then, the files that nobody names any more, and what unfinished uploads have left.
///
/// Every front does it; they do not disturb each other.
public struct MediaCleanup: Service {
    /// After how long an upload that was not finished has been given up; none takes as long.
    static let leftoverAge = Duration.seconds(3600)

    private let store: MediaStore
    private let interval: Duration
    private let logger: Logger

    /// Makes the service.
    ///
    /// - Parameters:
    ///   - store: Where the files are.
    ///   - interval: About how long to wait between two passes.
    ///   - logger: Told how many files were removed, and of failures.
    public init(store: MediaStore, interval: Duration = .seconds(600), logger: Logger) {
        self.store = store
        self.interval = interval
        self.logger = logger
    }

    /// Works until graceful shutdown or cancellation.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    // Fronts that start together do not list the same directory together.
                    try await Task.sleep(for: interval * Double.random(in: 0.8...1.2))
                } catch {
                    return
                }
                await pass()
            }
        }
    }

    /// Looks at all files once.
    ///
    /// - Parameter leftoverAge: After how long an upload that was not finished has been given up.
    /// - Returns: How many were removed; 0 if the pass failed.
    @discardableResult
    func pass(leftoverAge: Duration = leftoverAge) async -> Int {
        do {
            let removal = try await store.files.removeUnneeded(
                olderThan: store.rules.unnamedLifetime,
                leftoversOlderThan: leftoverAge,
                needed: { try await store.records.known(among: $0) }
            )
            MediaMetrics.removed.increment(by: removal.removed)
            if removal.removed > 0 { logger.info("removed media files", metadata: ["count": "\(removal.removed)"]) }
            if let error = removal.firstFailure { warn("\(error)", failures: removal.failures) }
            return removal.removed
        } catch {
            // What is needed is not known: all stays until the next pass.
            warn("\(error)", failures: 1)
            return 0
        }
    }

    private func warn(_ error: String, failures: Int) {
        guard !Task.isCancelled, let held = MediaMetrics.cleanupLog.admit() else { return }
        logger.warning(
            "media files could not be cleaned up",
            metadata: ["error": "\(error)", "failures": "\(failures)", "held_back": "\(held)"]
        )
    }
}
