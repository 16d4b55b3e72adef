import Testing

@testable import Consumers
@testable import MusterTesting

struct AcceptDeadlineTests {
    @Test("A deadline that nobody meets expires; meeting it then does nothing")
    func expires() async {
        let expiries = Watched(0)
        let deadline = AcceptDeadline(after: .milliseconds(10)) { expiries.update { $0 += 1 } }
        #expect(await expiries.wait(timeout: .seconds(10)) { $0 == 1 ? () : nil } != nil)
        #expect(!deadline.meet())
        #expect(expiries.read { $0 } == 1)
    }

    @Test("A deadline that is met does not expire, and its task ends at once")
    func met() async {
        let expiries = Watched(0)
        let releases = Watched(0)
        let deadline: AcceptDeadline
        do {
            let token = Token { releases.update { $0 += 1 } }
            deadline = AcceptDeadline(after: .seconds(60)) { [token] in
                _ = token
                expiries.update { $0 += 1 }
            }
        }
        #expect(deadline.meet())
        #expect(!deadline.meet())
        // The task held the token.
        #expect(await releases.wait(timeout: .seconds(10)) { $0 == 1 ? () : nil } != nil)
        #expect(expiries.read { $0 } == 0)
    }

    @Test("However close the race, a deadline is either met or expires")
    func race() async throws {
        for _ in 0..<200 {
            let expiries = Watched(0)
            let releases = Watched(0)
            let deadline: AcceptDeadline
            do {
                let token = Token { releases.update { $0 += 1 } }
                deadline = AcceptDeadline(after: .microseconds(200)) { [token] in
                    _ = token
                    expiries.update { $0 += 1 }
                }
            }
            try await Task.sleep(for: .microseconds(200))
            let isMet = deadline.meet()
            #expect(await releases.wait(timeout: .seconds(10)) { $0 == 1 ? () : nil } != nil)
            #expect(expiries.read { $0 } == (isMet ? 0 : 1))
        }
    }
}

/// Tells when nobody holds it any more.
private final class Token: Sendable {
    private let released: @Sendable () -> Void

    init(_ released: @escaping @Sendable () -> Void) {
        self.released = released
    }

    deinit { released() }
}
