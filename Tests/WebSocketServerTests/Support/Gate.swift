import NIOCore
import NIOPosix

/// Holds up whoever wants to pass until it is opened.
///
/// To be opened in the end, whatever happens.
struct Gate: Sendable {
    private let promise = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)

    func pass() async throws {
        try await promise.futureResult.get()
    }

    /// Does something, on any thread, once it is open.
    func whenOpen(_ work: @escaping @Sendable () -> Void) {
        promise.futureResult.whenSuccess(work)
    }

    func open() {
        promise.succeed()
    }
}
