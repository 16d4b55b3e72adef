import ChannelLayers
import Redis
import Testing

@testable import RedisBackends

@Suite("Reconciliation with one host")
struct ReconciliationTests {
    @Test("A host agrees once it was looked through, and a whole batch has arrived after that")
    func order() {
        var reconciliation = Reconciliation()
        #expect(!reconciliation.isAgreed)
        #expect(reconciliation.awaitsSweep == nil, "before the first connection there is nothing to look at")
        reconciliation.doubt()
        #expect(reconciliation.awaitsSweep == 1 && reconciliation.awaitsWriting == nil)
        reconciliation.written(1)
        reconciliation.swept(1)
        #expect(!reconciliation.isAgreed, "that batch may have been taken before the search ended")
        #expect(reconciliation.awaitsSweep == nil && reconciliation.awaitsWriting == 1)
        reconciliation.written(1)
        #expect(reconciliation.isAgreed)
        #expect(reconciliation.awaitsSweep == nil && reconciliation.awaitsWriting == nil)
    }

    @Test("Another reason to doubt begins anew; what began before it proves nothing")
    func overtaken() {
        var reconciliation = Reconciliation()
        reconciliation.doubt()
        reconciliation.doubt()
        reconciliation.swept(1)
        #expect(reconciliation.awaitsSweep == 2)
        reconciliation.swept(2)
        reconciliation.doubt()
        reconciliation.written(2)
        #expect(!reconciliation.isAgreed && reconciliation.awaitsSweep == 3)
        reconciliation.swept(3)
        reconciliation.written(3)
        #expect(reconciliation.isAgreed)
        reconciliation.doubt()
        #expect(!reconciliation.isAgreed)
    }

    @Test("Readiness says what a host's search is refused for, until there is a new reason to search")
    func obstacle() {
        var reconciliation = Reconciliation()
        reconciliation.doubt()
        #expect(reconciliation.fault == "reconciling with Redis")
        reconciliation.obstacle = "NOPERM"
        #expect(reconciliation.fault == "reconciling with Redis: NOPERM")
        reconciliation.swept(1)
        #expect(reconciliation.fault == "reconciling with Redis")
        reconciliation.written(1)
        #expect(reconciliation.fault == nil)
    }
}
