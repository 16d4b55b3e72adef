public import ChannelLayers
import Messages

/// What a contract is checked against: running channel layers that share one server, each as a process of its own.
public struct ContractSubject: Sendable {
    /// The layers; one for a layer that lives in a single process.
    public let layers: [any ChannelLayer]
    /// Who takes each layer's messages, in the order of the layers.
    public let receivers: [RecordingReceiver]
    /// How long a check waits for what has to come.
    public let timeout: Duration
    /// In how many queues a general channel's messages may wait.
    public let queuesPerChannel: Int
    /// How long the layers wait for a person who has left.
    public let leaveGrace: Duration
    /// Whether messages may hold bytes.
    public let carriesBytes: Bool

    /// The histories that the layers have to be made with.
    public static let histories = HistoryLimits([
        ("contract.kept.*", HistoryLimit(count: historyLength, age: .seconds(3600)))
    ])
    static let historyLength = 60

    /// Attaches a receiver to each layer.
    ///
    /// Run the layers afterwards, and check once they are ready.
    ///
    /// - Parameters:
    ///   - layers: At least one, made with `ContractSubject.histories`; of several each must stand for a process of its own on the same server.
    ///   - timeout: How long a check waits for what has to come, at most.
    ///   - queuesPerChannel: In how many queues a general channel's messages may wait, each of the usual capacity and
    ///     in an order of its own: as many as the layers' server has hosts.
    ///   - leaveGrace: How long the layers wait for a person who has left; best a few tenths of a second, as some checks
    ///     take several times as long.
    ///   - carriesBytes: Whether messages may hold bytes, which a layer that writes JSON refuses.
    public init(
        layers: [any ChannelLayer],
        timeout: Duration = .seconds(10),
        queuesPerChannel: Int = 1,
        leaveGrace: Duration = .seconds(5),
        carriesBytes: Bool = true
    ) {
        precondition(!layers.isEmpty, "a contract needs a layer to check")
        precondition(queuesPerChannel >= 1, "a channel has at least one queue")
        self.layers = layers
        self.timeout = timeout
        self.queuesPerChannel = queuesPerChannel
        self.leaveGrace = leaveGrace
        self.carriesBytes = carriesBytes
        receivers = layers.map { layer in
            let receiver = RecordingReceiver()
            layer.attach(receiver)
            return receiver
        }
    }

    /// The layer that most checks begin with.
    var first: any ChannelLayer { layers[0] }

    /// A layer that is in another process than the first, if there is one.
    var last: any ChannelLayer { layers[layers.count - 1] }

    /// A group that nobody else uses.
    func newGroup() throws -> GroupName {
        try GroupName(Self.newName())
    }

    /// A group that nobody else uses and that keeps a history.
    func newKeptGroup() throws -> GroupName {
        try GroupName(Self.newName("contract.kept."))
    }

    /// A general channel that nobody else uses.
    func newGeneralChannel() throws -> ChannelName {
        try ChannelName(Self.newName())
    }

    private static func newName(_ prefix: String = "contract.") -> String {
        "\(prefix)\(String(UInt64.random(in: 0...UInt64.max), radix: 16))"
    }

    /// Joins one channel of each layer to a group.
    func joinOnEveryLayer(_ group: GroupName) async throws -> [ChannelName] {
        var channels: [ChannelName] = []
        for layer in layers {
            let channel = layer.newConnectionChannel()
            try await layer.groupAdd(channel, to: group)
            channels.append(channel)
        }
        return channels
    }

    /// Sends a message, again and again while the channel is full, for as long as a check waits.
    func sendWhenThereIsRoom(
        _ message: Message,
        to channel: ChannelName,
        from layer: any ChannelLayer
    ) async throws {
        let end = ContinuousClock.now + timeout
        while true {
            do throws(ChannelLayerError) {
                return try await layer.send(message, to: channel)
            } catch {
                guard error.code == .channelFull, ContinuousClock.now < end else { throw error }
            }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    /// Asks again until the answer is right: for what a layer does in the background.
    func eventually(
        within limit: Duration? = nil,
        _ isRight: () async throws -> Bool
    ) async throws -> Bool {
        let end = ContinuousClock.now + (limit ?? timeout)
        while ContinuousClock.now < end {
            if try await isRight() { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return try await isRight()
    }

    /// Waits until every layer counts the same people; those who have left are counted for the grace period.
    func expectPeople(_ expected: Int, in group: GroupName) async throws {
        for (index, layer) in layers.enumerated() {
            var seen = -1
            let isRight = try await eventually(within: timeout + leaveGrace) {
                seen = try await layer.peopleCount(group)
                return seen == expected
            }
            try Unexpected.unless(isRight, "layer \(index) counts \(seen) people instead of \(expected)")
        }
    }

    /// Waits until every layer counts the same.
    func expectCount(_ expected: Int, of group: GroupName) async throws {
        for (index, layer) in layers.enumerated() {
            var seen = -1
            let isRight = try await eventually {
                seen = try await layer.groupCount(group)
                return seen == expected
            }
            try Unexpected.unless(isRight, "layer \(index) counts \(seen) instead of \(expected)")
        }
    }
}

extension Message {
    /// A message that is known by its number.
    static func numbered(_ number: Int, from sender: String = "contract") -> Message {
        Message(type: "contract.number", ["number": .integer(Int64(number)), "sender": .string(sender)])
    }

    var number: Int? { self["number"]?.integerValue.map(Int.init) }
}
