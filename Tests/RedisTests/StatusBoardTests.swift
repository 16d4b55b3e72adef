import Dispatch
import Glibc
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import Redis

/// What watchers of a connection's status see.
@Suite("Status board")
struct StatusBoardTests {
    private let refused = RedisError(.unavailable, "connection refused")

    @Test("A watcher sees the present status first, then each change, and ends after closed")
    func watching() async {
        let board = StatusBoard()
        var updates = board.watch().stream.makeAsyncIterator()
        #expect(await updates.next() == .connecting)
        board.set(.ready)
        #expect(await updates.next() == .ready)
        board.set(.unavailable(refused))
        #expect(await updates.next() == .unavailable(refused))
        board.set(.closed)
        #expect(await updates.next() == .closed)
        #expect(await updates.next() == nil)
        board.set(.ready)
        #expect(board.current == .closed)
    }

    @Test("A slow watcher misses the loss but sees ready again")
    func coalescing() async {
        let board = StatusBoard()
        var updates = board.watch().stream.makeAsyncIterator()
        board.set(.ready)
        #expect(await updates.next() == .ready)
        board.set(.unavailable(refused))
        board.set(.ready)
        #expect(await updates.next() == .ready)
    }

    @Test("Watchers may be cancelled while they are being told")
    func cancelledWhileTold() async throws {
        let rounds = Mutex(0)
        // On Dispatch's threads: were two of them to wait for each other, the test's own would still see that.
        DispatchQueue.global().async {
            for _ in 0..<200 {
                Self.tellAndCancel(watchers: 50)
                rounds.withLock { $0 += 1 }
            }
        }
        let deadline = ContinuousClock.now + .seconds(240)
        while rounds.withLock({ $0 }) < 200, .now < deadline { try await Task.sleep(for: .milliseconds(10)) }
        #expect(rounds.withLock { $0 } == 200)
    }

    /// Tells watchers that wait for news and cancels them, both at the same time.
    private static func tellAndCancel(watchers count: Int) {
        let board = StatusBoard()
        let begun = DispatchGroup()
        let watchers = (0..<count).map { _ in
            begun.enter()
            let stream = board.watch().stream
            return Task {
                for await status in stream where status == .connecting { begun.leave() }
            }
        }
        begun.wait()
        // From here it is a few instructions until the last one waits again.
        usleep(100)
        DispatchQueue.concurrentPerform(iterations: 2) { side in
            if side == 0 {
                board.set(.ready)
            } else {
                for watcher in watchers { watcher.cancel() }
            }
        }
    }

    @Test("Waiting throws the last failure when the time is over")
    func waitTimesOut() async throws {
        let board = StatusBoard()
        board.set(.unavailable(refused))
        let loop = NIOAsyncTestingEventLoop()
        let address = try RedisAddress("redis://h")
        async let error = waitError(board, address, loop)
        // The timer is not there before the waiter has begun: advance until it has fired.
        while board.watcherCount == 0 { await Task.yield() }
        while board.watcherCount > 0 { await loop.advanceTime(by: .seconds(10)) }
        #expect(await error == refused)
        await loop.run()
        await loop.shutdownGracefully()
    }

    @Test("Waiting throws at once what another attempt cannot heal, and returns when ready")
    func waitEndsEarly() async throws {
        let loop = NIOAsyncTestingEventLoop()
        let address = try RedisAddress("redis://h")
        let board = StatusBoard()
        let denied = RedisError(.reply("WRONGPASS"), "wrong password")
        board.set(.unavailable(denied))
        #expect(await waitError(board, address, loop) == denied)
        board.set(.ready)
        #expect(await waitError(board, address, loop) == nil)
        board.set(.closed)
        #expect(await waitError(board, address, loop) == denied)
        await loop.run()
        await loop.shutdownGracefully()
    }

    private func waitError(
        _ board: StatusBoard,
        _ address: RedisAddress,
        _ loop: NIOAsyncTestingEventLoop
    ) async -> RedisError? {
        do {
            try await board.waitUntilReady(timeout: .seconds(10), address: address, eventLoop: loop)
            return nil
        } catch {
            return error
        }
    }
}
