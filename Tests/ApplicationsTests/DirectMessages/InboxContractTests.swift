import Applications
import MusterTesting
import Testing

/// A contract that no store can break proves nothing: each promise here meets a store that breaks it.
struct InboxContractTests {
    private static let breaches: [(promise: String, fault: FaultyInboxes.Fault)] = [
        ("a message to somebody", .takesAnything), ("messages are read", .losesMessages),
        ("messages are read", .mixesUp), ("messages are read", .losesCounts), ("messages are read", .losesPages),
        ("messages are read", .losesReceiptWishes), ("an inbox that is opened again", .clearsOnOpening),
        ("a message that a client sends again", .forgetsClientIDs),
        ("a message that a client sends twice", .forgetsClientIDs),
        ("a message that was told", .neverSettles), ("a message that was told", .settlesAll),
        ("messages that are stored at once", .losesMessages),
        ("acknowledged messages", .keepsAcknowledged), ("acknowledged messages", .acknowledgesAll),
        ("acknowledged messages", .keepsCounts), ("what was read", .readsAll), ("what was read", .readsOthersToo),
        ("what was read", .readsNothing), ("whatever happens", .losesCounts), ("whatever happens", .readsNothing),
        ("whatever happens", .hidesMissing), ("whatever happens", .keepsCounts),
        ("the oldest go", .keepsEverything), ("the oldest go", .hidesMissing), ("the oldest go", .forgetsMissing),
        ("messages that are too old", .keepsEverything), ("messages that are too old", .hidesMissing),
        ("a client id is forgotten", .knowsAllClientIDs),
    ]

    @Test("A store that breaks a promise is found out", .timeLimit(.minutes(1)), arguments: breaches)
    func canFail(_ promise: String, _ fault: FaultyInboxes.Fault) async throws {
        let contract = try #require(InboxContract.all.first { $0.promise.hasPrefix(promise) })
        let subject = InboxSubject(timeout: .seconds(2)) { [FaultyInboxes(fault, $0)] }
        let violation = await #expect(throws: ContractViolation.self) { try await contract.check(subject) }
        #expect(violation?.promise == contract.promise)
        #expect(violation?.seen.isEmpty == false)
    }

    @Test("Every promise has a store here that breaks it, but for a limit that only stores of several processes share")
    func allTried() {
        let untried = InboxContract.all.filter { contract in
            !Self.breaches.contains { contract.promise.hasPrefix($0.promise) }
        }
        #expect(untried.map(\.promise) == ["a lower limit holds for what is there already"])
        #expect(Set(Self.breaches.map(\.fault)) == Set(FaultyInboxes.Fault.allCases))
    }
}
