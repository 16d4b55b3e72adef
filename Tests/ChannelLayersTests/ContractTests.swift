import ChannelLayers
import MusterTesting
import Testing

/// A contract that no layer can break proves nothing: each promise here meets a layer that breaks it.
struct ContractTests {
    private static let breaches: [(promise: String, fault: FaultyChannelLayer.Fault)] = [
        ("newChannel", .repeatsNames), ("acknowledged joins", .losesJoins), ("joining twice", .joinsAnotherToo),
        ("a group that nobody is in", .refusesEmptyGroups), ("a channel that left", .keepsMembers),
        ("leaving takes", .leavesEverything), ("a join is answered once", .answersTwice),
        ("joined means reachable", .losesFirstMessage), ("messages of one sender", .swapsMessages),
        ("a process is handed", .doublesMessages), ("a message to a channel", .sendsNothing),
        ("messages arrive as they were sent", .losesBytes), ("messages arrive as they were sent", .losesReceivedBytes),
        ("messages to a channel that newChannel", .sendsTwice), ("messages to a channel that newChannel", .swapsSends),
        ("a channel that is received from gets its", .losesOwnGroups),
        ("a channel that is received from gets nothing", .keepsDelivering),
        ("a member that is excluded", .deliversToExcluded),
        ("a member that is excluded", .excludesNobody), ("a member that is excluded", .hidesExclusions),
        ("a receive that is cancelled", .ignoresCancellation),
        ("a receive that is cancelled", .losesMessageOnCancellation),
        ("receiving from what newChannel", .receivesFromAnything), ("each message to a general", .sendsTwice),
        ("one sender's messages to a general", .swapsSends), ("a general channel takes", .halvesCapacity),
        ("a general channel takes", .takesEverything), ("flush deletes", .flushesNothing),
        ("flush leaves", .flushesMembers), ("the first count", .countsOneTooMany),
        ("every process with members", .announcesNothing), ("a storm of joins", .announcesEveryChange),
        ("the last count", .countsOneTooMany), ("a person counts once", .countsChannelsAsPeople),
        ("a group is told once that a person came", .doublesMessages),
        ("a group is told once that a person left", .keepsPeople),
        ("a group is told once that a person left", .waitsForNobody), ("a person who comes back", .waitsForNobody),
        ("a channel that joins again", .keepsFirstPerson), ("a channel with nobody", .makesPeopleUp),
        ("a count message carries both", .countsOneTooMany), ("a count message carries both", .forgetsPeoplesNumber),
        ("recorded messages are heard", .swapsMessages), ("recorded messages are heard", .losesIDs),
        ("what was heard can be read", .readsNothing), ("what was heard can be read", .readsOneTwice),
        ("of a history the newest", .readsNothing), ("reading on", .readsOneTwice), ("reading on", .makesGapsUp),
        ("a message that is no longer kept", .hidesGaps), ("a message that is no longer kept", .makesGapsUp),
        ("after the end of a history", .endsAtZero), ("a group that keeps no history", .keepsEverything),
        ("an id that a message brings", .makesIDsUp),
        ("what is sent locally", .sendsNothingLocally), ("the people in a group", .listsNobody),
        ("the people in a group", .listsTooMany),
    ]

    @Test("A layer that breaks a promise is found out", .timeLimit(.minutes(1)), arguments: breaches)
    func canFail(_ promise: String, _ fault: FaultyChannelLayer.Fault) async throws {
        let contract = try #require(ChannelLayerContract.all.first { $0.promise.hasPrefix(promise) })
        let layer = FaultyChannelLayer(fault)
        // What comes too early is to be that also when the test itself is late.
        let grace = Duration.milliseconds(fault == .waitsForNobody ? 3000 : 300)
        let subject = ContractSubject(layers: [layer], timeout: .milliseconds(500), leaveGrace: grace)
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                await #expect(throws: Never.self) { try await layer.run() }
            }
            let violation = await #expect(throws: ContractViolation.self) { try await contract.check(subject) }
            #expect(violation?.promise == contract.promise)
            #expect(violation?.seen.isEmpty == false)
            tasks.cancelAll()
        }
    }

    @Test("Every promise has a layer here that breaks it, but for names, which no layer makes rules for")
    func everyPromiseCanFail() {
        let untried = ChannelLayerContract.all.filter { contract in
            !Self.breaches.contains { contract.promise.hasPrefix($0.promise) }
        }
        #expect(untried.map(\.promise) == ["names that Channels would refuse throw .invalidName"])
    }
}
