import NIOCore
import NIOEmbedded
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
