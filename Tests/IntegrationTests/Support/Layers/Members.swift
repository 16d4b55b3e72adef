import ChannelLayers
import RedisBackends
import Testing

/// Channels of several layers in groups, and whether Redis holds exactly these.
struct Members {
    private let layers: Layers
    /// The channels that are wanted in a group, and whose they are.
    private var wanted: [GroupName: [ChannelName: Int]] = [:]
    private var names: Set<String> = []

    /// What the layers call themselves in Redis.
    var fronts: [String] { names.sorted() }

    private init(_ layers: Layers) {
        self.layers = layers
    }

    /// Members of each layer in each group, acknowledged.
    static func join(_ layers: Layers, groups: [GroupName], each count: Int) async throws -> Members {
        var members = Members(layers)
        for group in groups { try await members.join(count, to: group) }
        return members
    }

    /// So many of each layer join, and are acknowledged.
    mutating func join(_ count: Int, to group: GroupName) async throws {
        for join in joinLater(count, to: group) { try await join.value }
    }

    /// So many of each layer join, whenever Redis is there.
    mutating func joinLater(_ count: Int, to group: GroupName) -> [Task<Void, any Error>] {
        var joins: [Task<Void, any Error>] = []
        for (index, layer) in layers.layers.enumerated() {
            for _ in 0..<count {
                let channel = layer.newConnectionChannel()
                names.insert(String(channel.rawValue.dropFirst("specific.".count).prefix { $0 != "!" }))
                wanted[group, default: [:]][channel] = index
                let (answers, answer) = AsyncThrowingStream.makeStream(of: Void.self)
                // Not awaited here: whoever leaves next is to leave after this.
                layer.groupAdd(channel, to: group, as: nil) { result in
                    switch result {
                    case .success: answer.finish()
                    case .failure(let error): answer.finish(throwing: error)
                    }
                }
                joins.append(Task { for try await _ in answers {} })
            }
        }
        return joins
    }

    /// So many of each layer leave; those that have been there for longest, or not.
    mutating func leave(_ count: Int, from group: GroupName) {
        for (index, layer) in layers.layers.enumerated() {
            let own = (wanted[group] ?? [:]).filter { $0.value == index }.keys
            for channel in own.prefix(count) {
                wanted[group]?[channel] = nil
                layer.groupDiscard(channel, from: [group])
            }
        }
    }

    func waitUntilReady() async throws {
        try await eventually("the layers are ready", timeout: .seconds(30)) {
            layers.layers.allSatisfy { $0.readiness == .ready }
        }
    }

    /// Redis holds the members that are wanted and no others, and lists their groups for the layers that they are of.
    func expectAgreement() async throws {
        #expect(try await disagreement() == nil)
    }

    /// What Redis holds too much or too little; `nil` if nothing.
    func disagreement() async throws -> String? {
        let redis = layers.redis[0]
        var held: [String: Set<String>] = [:]
        for key in try await redis.cli("keys", "asgi:group:*").split(separator: "\n") {
            let members = try await redis.cli("zrange", String(key), "0", "-1").split(separator: "\n").map(String.init)
            held[String(key.dropFirst("asgi:group:".count))] = Set(members)
        }
        let populated = wanted.filter { !$0.value.isEmpty }
        for group in Set(held.keys).union(populated.keys.map(\.rawValue)) {
            let meant = Set(populated.first { $0.key.rawValue == group }?.value.keys.map(\.rawValue) ?? [])
            let there = held[group] ?? []
            guard there != meant else { continue }
            return "\(group): \(there.subtracting(meant).count) too many, \(meant.subtracting(there).count) missing"
        }
        for (index, front) in try layers.layers.indices.map({ ($0, try #require(front(of: $0))) }) {
            let lines = try await redis.cli("zrange", "asgi:front:\(front):groups", "0", "-1", "withscores")
                .split(separator: "\n").map(String.init)
            let listed = Dictionary(
                uniqueKeysWithValues: stride(from: 0, to: lines.count - 1, by: 2).map { (lines[$0], lines[$0 + 1]) }
            )
            let meant = populated.mapValues { $0.count { $0.value == index } }.filter { $0.value > 0 }
            let expected = Dictionary(uniqueKeysWithValues: meant.map { ($0.key.rawValue, String($0.value)) })
            if listed != expected { return "\(front) is listed in \(listed), not in \(expected)" }
        }
        return nil
    }

    private func front(of index: Int) -> String? {
        let channel = layers[index].newConnectionChannel().rawValue
        return fronts.first { channel.hasPrefix("specific.\($0)!") }
    }
}
