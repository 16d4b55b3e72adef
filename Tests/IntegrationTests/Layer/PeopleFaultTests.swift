import ChannelLayers
import Messages
import MusterTesting
import Testing

@testable import RedisBackends

/// People when fronts die, come back or hurry, and when Redis refuses something.
@Suite("People when something goes wrong")
struct PeopleFaultTests {
    private static let configuration = RedisChannelLayerConfiguration(leaveGrace: .milliseconds(300))

    @Test("The number of people is told after a clean-up, also by a front that does not clear up")
    func numberAfterCleanUp() async throws {
        try await withTestRedis { redis in
            // Its heartbeats are too far apart to find anybody dead.
            let slow = RedisChannelLayerConfiguration(
                countWindow: .milliseconds(1),
                heartbeat: .seconds(600),
                lease: .seconds(1800)
            )
            let quick = RedisChannelLayerConfiguration(heartbeat: .milliseconds(200), lease: .seconds(1))
            let shape = CountMessage(type: "count", field: "members", peopleField: "people")
            try await withLayers(1, on: [redis], slow) { telling in
                let ann = telling[0].newConnectionChannel()
                try await telling[0].groupAdd(ann, to: "room", as: .test("ann"))
                telling[0].announceCount(of: "room", as: shape)
                try await withLayers(1, on: [redis], quick) { dying in
                    for number in 0..<1000 {
                        let tab = dying[0].newConnectionChannel()
                        dying[0].groupAdd(tab, to: "room", as: try .test("user \(number)")) { _ in }
                    }
                    try await eventually("all are there") { try await telling[0].peopleCount("room") == 1001 }
                }
                // The one that clears up has nobody in the group.
                try await withLayers(1, on: [redis], quick) { _ in
                    try await eventually("they are removed", timeout: .seconds(30)) {
                        try await telling[0].peopleCount("room") == 1
                    }
                    let seen = await telling.receiver(0).messages(to: "room", timeout: .seconds(20)) { seen in
                        seen.last { $0.type == "count" } == shape.message(count: 1, people: 1)
                    }
                    #expect(seen.last { $0.type == "count" } == shape.message(count: 1, people: 1))
                }
            }
        }
    }

    @Test("A front that is back before its people are marked as removed is not marked, and its listing does not expire")
    func backBeforeMark() async throws {
        try await withLayers(2, Self.configuration) { layers in
            let (late, reaper) = (layers[0].context, layers[1].deadPeople)
            try await layers[0].groupAdd(layers[0].newConnectionChannel(), to: "room", as: .test("bob"))
            try await eventually("bob is there") { try await layers[1].peopleCount("room") == 1 }
            let before = try await layers.redis[0].cli("hget", "asgi:users:room", "bob")
            var asked = 0
            // Its claim holds, but is lost before anything else is done; and that is all that it does.
            let isRemoved = try await reaper.remove(late.name) { () async throws(ChannelLayerError) in
                asked += 1
                guard asked == 1 else { return false }
                late.reconcile(0, because: .leaseLapsed)
                do {
                    try await eventually("bob is written again") {
                        try await layers.redis[0].cli("hget", "asgi:users:room", "bob") != before
                    }
                } catch {
                    Issue.record(error)
                }
                return true
            }
            #expect(!isRemoved)
            let listing = "asgi:front:\(late.name):users"
            #expect(try await !layers.redis[0].cli("hget", listing, "").hasPrefix("reaped"))
            #expect(try await layers.redis[0].cli("ttl", listing) == "-1")
        }
    }

    @Test("Told to hurry, a layer that shuts down waits for nobody", arguments: [true, false])
    func hurry(isShuttingDown: Bool) async throws {
        try await withLayers(1, Self.configuration) { layers in
            try await layers[0].groupAdd(layers[0].newConnectionChannel(), to: "room")
            let slow = RedisChannelLayerConfiguration(shutdownTimeout: .seconds(300), leaveGrace: .seconds(200))
            let start = ContinuousClock.now
            var hurrying: Task<Void, any Error>?
            try await withEndingLayer(on: layers.redis, slow) { layer in
                try await layer.groupAdd(layer.newConnectionChannel(), to: "room", as: .test("bob"))
                try await eventually("bob is there") { try await layers[0].peopleCount("room") == 1 }
                guard isShuttingDown else { return layer.hurry() }
                hurrying = Task {
                    try await eventually("the shutdown") { layer.context.state.withLock { $0.shutdownDeadline != nil } }
                    layer.hurry()
                }
            }
            try await hurrying?.value
            #expect(start.duration(to: .now) < .seconds(60))
            #expect(try await layers[0].peopleCount("room") == 0)
            let seen = await layers.receiver(0).messages(to: "room", timeout: .seconds(30)) { $0.count >= 2 }
            #expect(toldOfPeople(seen) == ["bob came", "bob went"])
        }
    }

    @Test("Where Redis does not let people be told of, they come and go when it does, and are told then")
    func deniedTelling() async throws {
        try await withLayers(1, Self.configuration) { layers in
            let (layer, redis) = (layers[0], layers.redis[0])
            try await layer.groupAdd(layer.newConnectionChannel(), to: "room")
            let tab = layer.newConnectionChannel()
            for (name, act) in [
                ("bob came", { try await layer.groupAdd(tab, to: "room", as: .test("bob")) }),
                ("bob went", { layer.groupDiscard(tab, from: ["room"]) }),
            ] as [(String, () async throws -> Void)] {
                let before = try await layer.peopleCount("room")
                try await redis.cli("acl", "log", "reset")
                try await redis.cli("acl", "setuser", "default", "-publish")
                try await act()
                try await eventually("a script is denied to publish") {
                    try await redis.cli("acl", "log").split(separator: "\n").contains { $0.hasSuffix("lua") }
                }
                #expect(try await layer.peopleCount("room") == before)
                try await redis.cli("acl", "setuser", "default", "+publish")
                let seen = await layers.receiver(0).messages(to: "room", timeout: .seconds(30)) {
                    toldOfPeople($0).last == name
                }
                #expect(toldOfPeople(seen).last == name)
            }
            #expect(toldOfPeople(layers.receiver(0).messages(to: "room")) == ["bob came", "bob went"])
        }
    }

    @Test("A layer that is ready has all its people in Redis, also after it was emptied")
    func readiness() async throws {
        try await withLayers(1) { layers in
            let (layer, count) = (layers[0], 5000)
            for number in 0..<count {
                layer.groupAdd(layer.newConnectionChannel(), to: "room", as: try .test("user \(number)")) { _ in }
            }
            try await eventually("all are there") { try await layer.peopleCount("room") == count }
            try await layers.redis[0].cli("flushall")
            layer.context.reconcile(0, because: .emptied)
            let start = ContinuousClock.now
            while layer.readiness != .ready, start.duration(to: .now) < .seconds(30) {
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(try await layer.peopleCount("room") == count)
        }
    }

    @Test("A layer whose people Redis refuses is not ready and says why; one without people is")
    func refusedPeople() async throws {
        try await withLayers(1) { layers in
            let (layer, redis) = (layers[0], layers.redis[0])
            try await redis.cli("acl", "setuser", "default", "resetkeys", "~asgi:group:*", "~asgi:front*", "~asgispec*")
            try await layer.groupAdd(layer.newConnectionChannel(), to: "room")
            layer.reconcile()
            try await eventually("ready") { layer.readiness == .ready }
            let tab = layer.newConnectionChannel()
            try await layer.groupAdd(tab, to: "room", as: .test("bob"))
            for round in 0..<2 {
                try await eventually("readiness says why", timeout: .seconds(30)) {
                    guard case .notReady(let reason) = layer.readiness else { return false }
                    return reason.contains("people") && reason.contains("NOPERM")
                }
                if round == 0 { layer.reconcile() }
            }
            try await redis.cli("acl", "setuser", "default", "allkeys")
            try await eventually("ready again", timeout: .seconds(30)) { layer.readiness == .ready }
            #expect(try await layer.peopleCount("room") == 1)
            // What is in the way of one group keeps no front from serving the others.
            try await redis.cli("set", "asgi:users:other", "in the way")
            try await layer.groupAdd(layer.newConnectionChannel(), to: "other", as: .test("bob"))
            layer.reconcile()
            try await eventually("ready all the same", timeout: .seconds(30)) { layer.readiness == .ready }
        }
    }

    @Test("What Redis refuses is written when it can be")
    func refusal() async throws {
        try await withLayers(1, Self.configuration) { layers in
            try await layers.redis[0].cli("set", "asgi:users:room", "in the way")
            try await layers[0].groupAdd(layers[0].newConnectionChannel(), to: "room", as: .test("bob"))
            try await layers[0].groupAdd(layers[0].newConnectionChannel(), to: "other", as: .test("bob"))
            try await eventually("the other group is not held up") { try await layers[0].peopleCount("other") == 1 }
            await #expect(throws: ChannelLayerError.self) { () async throws in
                _ = try await layers[0].peopleCount("room")
            }
            try await layers.redis[0].cli("del", "asgi:users:room")
            try await eventually("written after all") { try await layers[0].peopleCount("room") == 1 }
            let seen = await layers.receiver(0).messages(to: "room", timeout: .seconds(30)) { !$0.isEmpty }
            #expect(toldOfPeople(seen) == ["bob came"])
        }
    }
}
