import Messages
import MusterTesting
import Testing

@testable import ChannelLayers

@Suite(.timeLimit(.minutes(1)))
struct ChannelInboxTests {
    private let inbox = ChannelInbox(capacities: ChannelCapacities([(.glob("small*"), 2)]), expiry: .seconds(60))

    @Test("A wait ends with the next message, or with .cancelled")
    func waiting() async throws {
        let channel = try ChannelName("a")
        let waiting = Task { [inbox] in await Self.receive(channel, from: inbox) }
        inbox.deliver(.test(1), channels: [try ChannelName("b"), channel])
        #expect(await waiting.value == .success(.test(1)))
        let cancelled = Task { [inbox] in await Self.receive(channel, from: inbox) }
        cancelled.cancel()
        #expect(await cancelled.value.code == .cancelled)
        inbox.deliver(.test(2), channels: [channel])
        #expect(try await inbox.receive(channel) == .test(2))
    }

    @Test("A group's message goes to its members here, but for the excluded one")
    func groups() async throws {
        let channels = try ["a", "b", "c", "d"].map { name throws(ChannelLayerError) in try ChannelName(name) }
        for channel in channels { inbox.join(channel, to: "g") }
        inbox.leave(channels[3], from: "g")
        inbox.deliver(.test(1), group: "g", excluding: channels[1])
        inbox.deliver(.test(2), channels: channels)
        var numbers: [[Int?]] = []
        for channel in channels { numbers.append([try await inbox.receive(channel).number]) }
        #expect(numbers == [[1], [2], [1], [2]])
    }

    @Test("What is delivered drops the oldest at the capacity, what is offered is refused there")
    func capacity() async throws {
        let channel = try ChannelName("small.1")
        for number in 1...3 { inbox.deliver(.test(number), channels: [channel]) }
        let error = #expect(throws: ChannelLayerError.self) { () throws in try inbox.offer(.test(4), to: channel) }
        #expect(error?.code == .channelFull)
        #expect(error?.message.contains("2 messages wait on small.1") == true)
        #expect(try await inbox.receive(channel) == .test(2))
        try inbox.offer(.test(5), to: channel)
        #expect(try await inbox.receive(channel) == .test(3))
        #expect(try await inbox.receive(channel) == .test(5))
    }

    @Test("An offer beyond the most channels is refused aloud")
    func tooManyChannels() async throws {
        for number in 0..<10_000 { try inbox.offer(.test(number), to: try ChannelName("c\(number)")) }
        let error = #expect(throws: ChannelLayerError.self) { () throws in
            try inbox.offer(.test(0), to: try ChannelName("one-more"))
        }
        #expect(error?.code == .channelFull)
        #expect(try await inbox.receive(ChannelName("c7")) == .test(7))
        try inbox.offer(.test(1), to: try ChannelName("one-more"))
    }

    @Test("A task that was cancelled leaves the message to the next, also one that waited for it already")
    func cancelledInTime() async throws {
        let channel = try ChannelName("a")
        inbox.deliver(.test(1), channels: [channel])
        let cancelled = Task { [inbox] in
            withUnsafeCurrentTask { $0?.cancel() }
            return await Self.receive(channel, from: inbox)
        }
        #expect(await cancelled.value.code == .cancelled)
        inbox.deliver(.test(2), channels: [channel])
        #expect(try await inbox.receive(channel) == .test(1))
        #expect(try await inbox.receive(channel) == .test(2))
    }

    @Test("What came before the end can still be received after it")
    func receivingTheRest() async throws {
        let channel = try ChannelName("a")
        inbox.deliver(.test(1), channels: [channel])
        inbox.close()
        #expect(try await inbox.receive(channel) == .test(1))
        #expect(await Self.receive(channel, from: inbox).code == .closed)
    }

    @Test("Closing ends the waits that there are and those to come")
    func close() async throws {
        let channel = try ChannelName("a")
        let waits = (0..<10).map { _ in
            Task { [inbox] in await Self.receive(channel, from: inbox) }
        }
        inbox.close()
        for wait in waits { #expect(await wait.value.code == .closed) }
        #expect(await Self.receive(channel, from: inbox).code == .closed)
    }

    @Test("Flushing deletes what waits and leaves who waits")
    func flush() async throws {
        let (full, empty) = (try ChannelName("full"), try ChannelName("empty"))
        let waiting = Task { [inbox] in await Self.receive(empty, from: inbox) }
        inbox.deliver(.test(1), channels: [full])
        inbox.flush()
        inbox.deliver(.test(2), channels: [full, empty])
        #expect(await waiting.value == .success(.test(2)))
        #expect(try await inbox.receive(full) == .test(2))
    }

    @Test("Cancellations that race with deliveries lose nothing and double nothing", arguments: 0..<5)
    func cancellationRace(_ round: Int) async throws {
        let (channel, senders, share) = (try ChannelName("race"), 4, 20)
        let outcomes = await withTaskGroup(of: [Result<Message, ChannelLayerError>].self) { tasks in
            for sender in 0..<senders {
                tasks.addTask { [inbox] in
                    for number in 0..<share {
                        inbox.deliver(.test(sender * share + number), channels: [channel])
                        await Task.yield()
                    }
                    return []
                }
            }
            for _ in 0..<8 {
                tasks.addTask { [inbox] in
                    var outcomes: [Result<Message, ChannelLayerError>] = []
                    for attempt in 0..<200 {
                        let wait = Task { await Self.receive(channel, from: inbox) }
                        for _ in 0..<attempt % 4 { await Task.yield() }
                        wait.cancel()
                        outcomes.append(await wait.value)
                    }
                    return outcomes
                }
            }
            return await tasks.reduce(into: []) { $0 += $1 }
        }
        var numbers: [Int] = []
        for case .success(let message) in outcomes { numbers.append(message.number ?? -1) }
        #expect(outcomes.count { $0.code == .cancelled } == 1600 - numbers.count)
        // What nobody waited for is still there, and nothing else.
        inbox.deliver(.test(-1), channels: [channel])
        while let number = try await inbox.receive(channel).number, number >= 0 { numbers.append(number) }
        #expect(numbers.sorted() == Array(0..<senders * share))
    }

    private static func receive(
        _ channel: ChannelName,
        from inbox: ChannelInbox
    ) async -> Result<Message, ChannelLayerError> {
        do throws(ChannelLayerError) {
            return .success(try await inbox.receive(channel))
        } catch {
            return .failure(error)
        }
    }
}

extension Message {
    static func test(_ number: Int) -> Message {
        Message(type: "test", ["number": .integer(Int64(number))])
    }
}

extension Result where Failure == ChannelLayerError {
    fileprivate var code: ChannelLayerError.Code? {
        if case .failure(let error) = self { error.code } else { nil }
    }
}
