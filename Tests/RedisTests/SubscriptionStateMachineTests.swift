import Testing

@testable import Redis

/// Wanted, sent and confirmed topics, event by event.
@Suite("Subscription state machine")
struct SubscriptionStateMachineTests {
    private typealias Machine = SubscriptionStateMachine

    private let a = RedisTopic.channel("a")
    private let b = RedisTopic.channel("b")
    private let p = RedisTopic.pattern("p*")

    private func subscribe(_ topics: RedisTopic..., epoch: Int = 1) -> SubscriptionCommand {
        SubscriptionCommand(verb: .subscribe, topics: topics, epoch: epoch)
    }

    private func unsubscribe(_ topics: RedisTopic..., epoch: Int = 1) -> SubscriptionCommand {
        SubscriptionCommand(verb: .unsubscribe, topics: topics, epoch: epoch)
    }

    /// A connected machine that has these topics confirmed.
    private func machine(with topics: RedisTopic...) -> Machine {
        var machine = Machine()
        #expect(machine.connected() == .becomeReady)
        for (index, topic) in topics.enumerated() {
            #expect(machine.subscribe([topic], waiter: -1 - index) == .wait)
            #expect(machine.nextCommands() == [subscribe(topic)])
            #expect(machine.confirmed(subscribe(topic)) == .init(resume: [-1 - index]))
        }
        return machine
    }

    @Test("A caller is resumed by the confirmation; a second one for the same topic at once, and nothing is sent")
    func subscribeTwice() {
        var machine = machine()
        #expect(machine.subscribe([a], waiter: 1) == .wait)
        #expect(machine.hasCommands)
        #expect(machine.nextCommands() == [subscribe(a)])
        #expect(!machine.hasCommands)
        #expect(machine.subscribe([a], waiter: 2) == .wait)
        #expect(machine.nextCommands() == [])
        #expect(machine.confirmed(subscribe(a)) == .init(resume: [1, 2]))
        #expect(machine.subscribe([a, a], waiter: 3) == .resume)
        #expect(machine.waiterCount == 0)
    }

    @Test("A caller that wants several topics is resumed by the last of them; channels and patterns go separately")
    func severalTopics() {
        var machine = machine(with: b)
        #expect(machine.subscribe([a, b, p], waiter: 1) == .wait)
        #expect(machine.nextCommands() == [subscribe(a), subscribe(p)])
        #expect(machine.confirmed(subscribe(p)) == .init())
        #expect(machine.confirmed(subscribe(a)) == .init(resume: [1]))
    }

    @Test("Subscribe, unsubscribe and subscribe again while the first is in flight sends nothing more")
    func changeOfMindInFlight() {
        var machine = machine()
        #expect(machine.subscribe([a], waiter: 1) == .wait)
        #expect(machine.nextCommands() == [subscribe(a)])
        #expect(machine.unsubscribe([a]) == .init(fail: [1]))
        #expect(machine.subscribe([a], waiter: 2) == .wait)
        #expect(machine.nextCommands() == [])
        #expect(machine.confirmed(subscribe(a)) == .init(resume: [2]))
        #expect(!machine.hasCommands)
    }

    @Test("Unsubscribed while the subscription is in flight: its confirmation is followed by the end")
    func unsubscribeInFlight() {
        var machine = machine()
        #expect(machine.subscribe([a], waiter: 1) == .wait)
        #expect(machine.nextCommands() == [subscribe(a)])
        #expect(machine.unsubscribe([a]) == .init(fail: [1]))
        #expect(!machine.isWanted(a))
        #expect(machine.nextCommands() == [])
        #expect(machine.confirmed(subscribe(a)) == .init())
        #expect(machine.nextCommands() == [unsubscribe(a)])
        #expect(machine.confirmed(unsubscribe(a)) == .init())
        #expect(machine.nextCommands() == [])
    }

    @Test("Subscribed again while the end is in flight: only the new confirmation resumes the caller")
    func subscribeWhileUnsubscribing() {
        var machine = machine(with: a)
        #expect(machine.unsubscribe([a]) == .init())
        #expect(machine.nextCommands() == [unsubscribe(a)])
        #expect(machine.subscribe([a], waiter: 1) == .wait)
        #expect(machine.nextCommands() == [])
        #expect(machine.confirmed(unsubscribe(a)) == .init())
        #expect(machine.nextCommands() == [subscribe(a)])
        #expect(machine.confirmed(subscribe(a)) == .init(resume: [1]))
    }

    @Test("Unsubscribed and subscribed again before either is sent: nothing is sent, the caller goes on at once")
    func changeOfMindBeforeSending() {
        var machine = machine(with: a)
        #expect(machine.unsubscribe([a]) == .init())
        #expect(machine.subscribe([a], waiter: 1) == .resume)
        #expect(machine.nextCommands() == [])
    }

    @Test("Wanted and dropped before anything is sent leaves no trace")
    func droppedBeforeSending() {
        var machine = machine()
        #expect(machine.subscribe([a], waiter: 1) == .wait)
        #expect(machine.unsubscribe([a, a, b]) == .init(fail: [1]))
        #expect(machine.nextCommands() == [])
        machine.disconnected()
        #expect(machine.connected() == .becomeReady)
    }

    @Test("A cancelled caller is forgotten, its topic is not")
    func cancelledWaiter() {
        var machine = machine()
        #expect(machine.subscribe([a], waiter: 1) == .wait)
        #expect(machine.cancel(1) == true)
        #expect(machine.cancel(1) == false)
        #expect(machine.isWanted(a))
        #expect(machine.nextCommands() == [subscribe(a)])
        #expect(machine.confirmed(subscribe(a)) == .init())
    }

    @Test("A reconnection asks for everything again and is ready with the last confirmation, once")
    func reconnection() {
        var machine = machine(with: a, p)
        machine.disconnected()
        #expect(machine.nextCommands() == [])
        #expect(machine.connected() == .send)
        #expect(machine.nextCommands() == [subscribe(a, epoch: 2), subscribe(p, epoch: 2)])
        #expect(machine.subscribe([b], waiter: 1) == .wait)
        #expect(machine.nextCommands() == [subscribe(b, epoch: 2)])
        #expect(machine.confirmed(subscribe(p, epoch: 2)) == .init())
        #expect(machine.confirmed(subscribe(a, epoch: 2)) == .init(becomeReady: true))
        #expect(machine.confirmed(subscribe(b, epoch: 2)) == .init(resume: [1]))
    }

    @Test("A topic dropped during the reconnection no longer holds back ready")
    func droppedDuringReconnection() {
        var machine = machine(with: a)
        machine.disconnected()
        #expect(machine.connected() == .send)
        #expect(machine.nextCommands() == [subscribe(a, epoch: 2)])
        #expect(machine.unsubscribe([a]) == .init(becomeReady: true))
        #expect(machine.confirmed(subscribe(a, epoch: 2)) == .init())
        #expect(machine.nextCommands() == [unsubscribe(a, epoch: 2)])
    }

    @Test("A caller waits across the loss: what was confirmed before it must be confirmed again")
    func waitingAcrossLoss() {
        var machine = machine()
        #expect(machine.subscribe([a, p], waiter: 1) == .wait)
        #expect(machine.nextCommands() == [subscribe(a), subscribe(p)])
        #expect(machine.confirmed(subscribe(a)) == .init())
        machine.disconnected()
        #expect(machine.connected() == .send)
        #expect(machine.nextCommands() == [subscribe(a, epoch: 2), subscribe(p, epoch: 2)])
        #expect(machine.confirmed(subscribe(p)) == .init(), "an answer of the connection before counts for nothing")
        #expect(machine.confirmed(subscribe(p, epoch: 2)) == .init())
        #expect(machine.confirmed(subscribe(a, epoch: 2)) == .init(resume: [1], becomeReady: true))
    }

    @Test("Topics wanted and dropped while there is no connection are only a matter of the next one")
    func changesWhileDisconnected() {
        var machine = machine(with: a)
        #expect(machine.unsubscribe([a]) == .init())
        #expect(machine.nextCommands() == [unsubscribe(a)])
        machine.disconnected()
        #expect(machine.subscribe([b], waiter: 1) == .wait)
        #expect(machine.unsubscribe([b]) == .init(fail: [1]))
        #expect(machine.connected() == .becomeReady)
        #expect(machine.nextCommands() == [])
    }

    @Test("A refusal of several topics is asked again one by one; only the denied one fails its caller")
    func denial() {
        var machine = machine()
        #expect(machine.subscribe([a], waiter: 1) == .wait)
        #expect(machine.subscribe([b], waiter: 2) == .wait)
        let both = machine.nextCommands()
        #expect(both == [subscribe(a, b)])
        #expect(machine.denied(both[0]) == .retryOneByOne)
        #expect(machine.nextCommands() == [subscribe(a), subscribe(b)])
        #expect(machine.denied(subscribe(a)) == .fail([1], a, becomeReady: false))
        #expect(machine.confirmed(subscribe(b)) == .init(resume: [2]))
        #expect(!machine.isWanted(a))
        #expect(machine.isWanted(b))
    }

    @Test("A denial of what was granted on an earlier connection is a matter for a new connection")
    func denialAfterReconnection() {
        var machine = machine(with: a)
        machine.disconnected()
        #expect(machine.connected() == .send)
        #expect(machine.nextCommands() == [subscribe(a, epoch: 2)])
        #expect(machine.denied(subscribe(a, epoch: 1)) == .none)
        #expect(machine.denied(subscribe(a, epoch: 2)) == .reconnect)
        #expect(machine.isWanted(a))
    }

    @Test("Many topics are split into commands of bounded size")
    func chunks() {
        var machine = machine()
        let topics = (0..<1_200).map { RedisTopic.channel("t\($0)") }
        #expect(machine.subscribe(topics, waiter: 1) == .wait)
        let commands = machine.nextCommands()
        #expect(commands.map(\.topics.count) == [512, 512, 176])
        #expect(Set(commands.flatMap(\.topics)) == Set(topics))
        #expect(machine.confirmed(commands[0]) == .init())
        #expect(machine.confirmed(commands[1]) == .init())
        #expect(machine.confirmed(commands[2]) == .init(resume: [1]))
    }

    @Test(
        "Whatever happens in whatever order, Redis ends up with what is wanted and nobody waits for nothing",
        arguments: 0..<60
    )
    func randomWalk(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var model = SubscriptionModel(machine: machine())
        for _ in 0..<400 { model.step(using: &random) }
        model.settle()
        #expect(model.serverTopics == model.wanted)
        #expect(model.waiting.isEmpty)
        #expect(model.machine.waiterCount == 0)
        #expect(model.violations == [])
    }

    @Test("The replies of Redis are compared with the topics asked for")
    func confirmationReplies() {
        func reply(_ kind: String, _ name: String) -> RedisReply { .array([.bulk(kind), .bulk(name), .integer(1)]) }
        #expect(subscribe(a, b).isConfirmed(by: [reply("subscribe", "a"), reply("subscribe", "b")]))
        #expect(subscribe(p).isConfirmed(by: [reply("psubscribe", "p*")]))
        #expect(unsubscribe(p).isConfirmed(by: [reply("punsubscribe", "p*")]))
        #expect(!subscribe(a, b).isConfirmed(by: [reply("subscribe", "b"), reply("subscribe", "a")]))
        #expect(!subscribe(a).isConfirmed(by: [reply("psubscribe", "a")]))
        #expect(!subscribe(a).isConfirmed(by: [.error("NOPERM")]))
        #expect(!subscribe(a).isConfirmed(by: []))
    }

    @Test("Messages are told from answers; a channel name that is not UTF-8 is told apart")
    func publications() {
        let message = RedisReply.array([.bulk("message"), .bulk("a"), .bulk([0, 255])])
        #expect(
            RedisPublication.Decoding(message)
                == .publication(RedisPublication(topic: a, channel: "a", payload: [0, 255]))
        )
        let matched = RedisReply.array([.bulk("pmessage"), .bulk("p*"), .bulk("p1"), .bulk("x")])
        #expect(
            RedisPublication.Decoding(matched)
                == .publication(RedisPublication(topic: p, channel: "p1", payload: Array("x".utf8)))
        )
        #expect(RedisPublication.Decoding(.array([.bulk("message"), .bulk([0xff]), .bulk("x")])) == .notText)
        #expect(RedisPublication.Decoding(.array([.bulk("subscribe"), .bulk("a"), .integer(1)])) == nil)
        #expect(RedisPublication.Decoding(.array([.bulk("unsubscribe"), .null, .integer(0)])) == nil)
        #expect(RedisPublication.Decoding(.array([.bulk("pong"), .bulk("")])) == nil)
        #expect(RedisPublication.Decoding(.status("PONG")) == nil)
    }
}
