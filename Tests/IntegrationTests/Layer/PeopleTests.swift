import ChannelLayers
import Messages
import MusterTesting
import Testing

@testable import RedisBackends

/// People on several fronts: who is counted, and what groups are told.
@Suite("People")
struct PeopleTests {
    /// How the layers of a test are set up.
    struct Setting: Sendable, CustomTestStringConvertible {
        let hosts: Int
        let wire: WireFormat
        let testDescription: String
    }

    static let settings = [
        Setting(hosts: 1, wire: WireFormat(), testDescription: "one Redis"),
        Setting(hosts: 3, wire: WireFormat(serializer: .json), testDescription: "three Redis hosts"),
        Setting(hosts: 1, wire: WireFormat(encryptionKeys: ["key"]), testDescription: "encrypted"),
    ]
    private static let grace = Duration.milliseconds(300)
    private static let configuration = RedisChannelLayerConfiguration(leaveGrace: grace)

    @Test(
        "20 users' tabs come and go on three layers: each is told to come and to leave in turn, and HLEN is right",
        arguments: settings
    )
    func randomTabs(_ setting: Setting) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed of random tabs: \(seed)")
        var random = SeededGenerator(seed: seed)
        let configuration = RedisChannelLayerConfiguration(wire: setting.wire, leaveGrace: Self.grace)
        try await withLayers(3, hosts: setting.hosts, configuration) { layers in
            let groups: [GroupName] = ["room", "a"]
            for layer in layers.layers {
                for group in groups { try await layer.groupAdd(layer.newConnectionChannel(), to: group) }
            }
            let users = try (0..<20).map { try Person.test("user \($0)") }
            var tabs: [(layer: Int, channel: ChannelName, group: GroupName, user: Person)] = []
            for step in 0..<1500 {
                let layer = Int.random(in: 0..<3, using: &random)
                if tabs.count < 30, Bool.random(using: &random) || tabs.isEmpty {
                    let group = groups[Int.random(in: 0..<2, using: &random)]
                    let user = users[Int.random(in: 0..<20, using: &random)]
                    tabs.append((layer, layers[layer].newConnectionChannel(), group, user))
                    layers[layer].groupAdd(tabs[tabs.count - 1].channel, to: group, as: user) { _ in }
                } else {
                    let tab = tabs.remove(at: Int.random(in: 0..<tabs.count, using: &random))
                    layers[tab.layer].groupDiscard(tab.channel, from: [tab.group])
                }
                if step.isMultiple(of: 10) {
                    try await Task.sleep(for: .milliseconds(Int.random(in: 0..<40, using: &random)))
                }
            }
            for group in groups {
                let there = Set(tabs.filter { $0.group == group }.map(\.user.user.rawValue))
                try await eventually("\(there.count) people in \(group), seed \(seed)", timeout: .seconds(30)) {
                    try await layers[0].peopleCount(group) == there.count
                }
                let key = "asgi:users:\(group)"
                let held = try await layers.redis[host(of: group, among: setting.hosts)].cli("hkeys", key)
                #expect(Set(held.split(separator: "\n").map(String.init)) == there, "seed \(seed)")
                for index in 0..<3 {
                    try await eventually("layer \(index) heard who is in \(group), seed \(seed)") {
                        present(layers.receiver(index), group) == there
                    }
                    #expect(repetitions(layers.receiver(index), group) == [], "layer \(index), seed \(seed)")
                }
            }
        }
    }

    @Test("A Django member hears once who comes and who goes, and both numbers", arguments: [1, 2])
    func django(hosts: Int) async throws {
        try await withRedisHosts(hosts) { redis in
            let django = try await DjangoLayer.start(.core, .init(hosts: redis.map(\.url)))
            let member = try await django.collectingMember(of: "room")
            try await withLayers(2, on: redis, Self.configuration) { layers in
                let tabs = layers.layers.map { ($0, $0.newConnectionChannel()) }
                let shape = CountMessage(type: "count", field: "members", peopleField: "people")
                for (layer, tab) in tabs {
                    try await layer.groupAdd(tab, to: "room", as: .test("bob"))
                    layer.announceCount(of: "room", as: shape)
                }
                for (layer, tab) in tabs { layer.groupDiscard(tab, from: ["room"]) }
                var seen: [Message] = []
                try await eventually("Django heard of the leaving and the numbers", timeout: .seconds(30)) {
                    seen = try await django.collected(member).others
                    return seen.contains { $0.type == "user.left" } && seen.contains { $0["people"] == .string("1") }
                        && seen.last { $0.type == "count" } == shape.message(count: 1, people: 0)
                }
                #expect(seen.map(\.type).filter { $0.hasPrefix("user.") } == ["user.joined", "user.left"])
                #expect(seen.compactMap { $0["user"]?.stringValue } == ["bob", "bob"])
            }
            await django.stop()
        }
    }

    @Test(
        "When Redis is emptied, or starts anew, people are back and nobody is told again; who left meanwhile has left"
    )
    func emptied() async throws {
        let configuration = RedisChannelLayerConfiguration(leaveGrace: .seconds(3))
        try await withLayers(2, configuration) { layers in
            let redis = layers.redis[0]
            for layer in layers.layers { try await layer.groupAdd(layer.newConnectionChannel(), to: "room") }
            var tabs: [(layer: RedisChannelLayer, channel: ChannelName)] = []
            for layer in layers.layers {
                for name in ["bob", "ann", "eve"] {
                    tabs.append((layer, layer.newConnectionChannel()))
                    try await layer.groupAdd(tabs[tabs.count - 1].channel, to: "room", as: .test(name))
                }
            }
            try await eventually("three people") { try await layers[0].peopleCount("room") == 3 }
            for round in 0..<2 {
                if round == 0 {
                    try await redis.cli("flushall")
                    for layer in layers.layers { layer.context.reconcile(0, because: .emptied) }
                } else {
                    redis.kill()
                    try await eventually("both notice") { layers.layers.allSatisfy { $0.readiness != .ready } }
                    // Eve closes both tabs, and her grace period ends before Redis is back.
                    for index in [2, 5] { tabs[index].layer.groupDiscard(tabs[index].channel, from: ["room"]) }
                    try await Task.sleep(for: .seconds(3.5))
                    try await redis.restart()
                }
                try await eventually("they are back on both fronts", timeout: .seconds(30)) {
                    let value = try await redis.cli("hget", "asgi:users:room", "ann")
                    return value.split(separator: " ").count == 2
                }
            }
            let joined = ["ann came", "bob came", "eve came"]
            for index in 0..<2 {
                let seen = await layers.receiver(index).messages(to: "room", timeout: .seconds(30)) { $0.count >= 4 }
                #expect(toldOfPeople(seen).sorted() == joined + ["eve went"], "layer \(index)")
            }
            #expect(try await layers[0].peopleCount("room") == 2)
        }
    }

    @Test("The people of a front that is dead are removed, those of others stay, and each leaving is told once")
    func deadFront() async throws {
        try await withLayers(2, Self.configuration) { layers in
            let survivor = layers[0]
            for layer in layers.layers { try await layer.groupAdd(layer.newConnectionChannel(), to: "room") }
            try await survivor.groupAdd(survivor.newConnectionChannel(), to: "room", as: .test("bob"))
            var dead: FrontName?
            // More than one slice of a scan, and several groups.
            try await withLayers(1, on: layers.redis, Self.configuration) { dying in
                dead = dying[0].context.name
                for name in ["bob"] + (0..<700).map({ "user \($0)" }) {
                    dying[0].groupAdd(dying[0].newConnectionChannel(), to: "room", as: try .test(name)) { _ in }
                }
                dying[0].groupAdd(dying[0].newConnectionChannel(), to: "other", as: try .test("ann")) { _ in }
                try await eventually("all are there") { try await survivor.peopleCount("room") == 701 }
                try await eventually("ann is there") { try await survivor.peopleCount("other") == 1 }
            }
            let front = try #require(dead)
            let reapers = layers.layers.map(\.deadPeople)
            // A claim that is lost at once removes nothing.
            let refused = try await reapers[0].remove(front) { () async throws(ChannelLayerError) in false }
            #expect(!refused)
            #expect(try await survivor.peopleCount("room") == 701)
            // Two at the same time, as after a claim that has lapsed.
            let removed = try await withThrowingTaskGroup(of: Bool.self) { tasks in
                for reaper in reapers {
                    tasks.addTask { try await reaper.remove(front) { () async throws(ChannelLayerError) in true } }
                }
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
            #expect(removed == [true, true])
            #expect(try await survivor.peopleCount("room") == 1)
            #expect(try await survivor.peopleCount("other") == 0)
            let left = layers.redis[0]
            #expect(try await left.cli("hkeys", "asgi:front:\(front):users").allSatisfy(\.isWhitespace))
            #expect(Int(try await left.cli("ttl", "asgi:front:\(front):users")) ?? -1 > 0)
            for index in 0..<2 {
                try await eventually("all leavings are told") {
                    present(layers.receiver(index), "room") == ["bob"]
                }
                #expect(repetitions(layers.receiver(index), "room") == [])
            }
        }
    }

    @Test(
        "A front that comes back while its people are being removed keeps them; those told to be gone are told to be back"
    )
    func comingBack() async throws {
        try await withLayers(2, Self.configuration) { layers in
            let (late, reaper) = (layers[0].context, layers[1].deadPeople)
            for layer in layers.layers { try await layer.groupAdd(layer.newConnectionChannel(), to: "room") }
            try await layers[0].groupAdd(layers[0].newConnectionChannel(), to: "room", as: .test("bob"))
            try await eventually("bob is there") { try await layers[1].peopleCount("room") == 1 }
            let before = try await layers.redis[0].cli("hget", "asgi:users:room", "bob")
            // The reaper asks for its claim, is delayed, and goes on: the front has written its people again by then.
            var asked = 0
            _ = try await reaper.remove(late.name) { () async throws(ChannelLayerError) in
                asked += 1
                guard asked == 2 else { return true }
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
            #expect(asked >= 2)
            let value = try await layers.redis[0].cli("hget", "asgi:users:room", "bob")
            #expect(value.hasPrefix("\(late.name):") && value != before)
            #expect(try await layers.redis[0].cli("hlen", "asgi:front:\(late.name):users") == "2")
            #expect(toldOfPeople(layers.receiver(1).messages(to: "room")) == ["bob came"])
            // And once without a delay: gone, and back.
            let removed = try await reaper.remove(late.name) { () async throws(ChannelLayerError) in true }
            #expect(removed)
            late.reconcile(0, because: .reaped)
            let seen = await layers.receiver(1).messages(to: "room", timeout: .seconds(30)) { $0.count == 3 }
            #expect(toldOfPeople(seen) == ["bob came", "bob went", "bob came"])
            #expect(try await layers.redis[0].cli("ttl", "asgi:front:\(late.name):users") == "-1")
        }
    }

    @Test("Whoever is on another front before the grace period of a front's shutdown ends has never left")
    func shutdown() async throws {
        try await withLayers(1, RedisChannelLayerConfiguration(leaveGrace: .seconds(1))) { layers in
            try await layers[0].groupAdd(layers[0].newConnectionChannel(), to: "room")
            let ending = RedisChannelLayerConfiguration(shutdownTimeout: .seconds(20), leaveGrace: .seconds(2))
            var front: FrontName?
            var moving: Task<Void, any Error>?
            try await withEndingLayer(on: layers.redis, ending) { layer in
                front = layer.context.name
                for name in ["bob", "ann"] {
                    try await layer.groupAdd(layer.newConnectionChannel(), to: "room", as: .test(name))
                }
                try await eventually("both are there") { try await layers[0].peopleCount("room") == 2 }
                moving = Task {
                    try await eventually("the shutdown") { layer.context.state.withLock { $0.shutdownDeadline != nil } }
                    try await layers[0].groupAdd(layers[0].newConnectionChannel(), to: "room", as: .test("bob"))
                }
            }
            try await moving?.value
            let seen = await layers.receiver(0).messages(to: "room", timeout: .seconds(30)) { $0.count >= 3 }
            #expect(toldOfPeople(seen).sorted() == ["ann came", "ann went", "bob came"])
            #expect(try await layers[0].peopleCount("room") == 1)
            #expect(try await layers.redis[0].cli("exists", "asgi:front:\(try #require(front)):users") == "0")
        }
    }
}
