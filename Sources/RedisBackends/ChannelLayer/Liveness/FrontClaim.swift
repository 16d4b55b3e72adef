import ChannelLayers
import Redis

/// The claim of this process to clear up after a front on one host.
///
/// The front's own hash decides: a front that renews its lease takes the claim away, and of several reapers one gets
/// it.
struct FrontClaim: Sendable {
    /// What becomes of a wish to clear up.
    enum Answer {
        /// This process has the claim.
        case taken
        /// The front lives, or another reaper has the claim.
        case denied
        /// Everything of the front has been removed already.
        case done
    }

    /// How many seconds Redis remembers that a front was cleared up after, should it come back after all.
    static let remembrance = 86_400

    let front: FrontName
    let host: Int
    let context: LayerContext

    private var keys: [RedisArgument] { [RedisArgument(context.hosts.keys.front(front))] }
    private var me: RedisArgument { RedisArgument(context.name.rawValue) }

    /// Claims it, if nobody else has, and the front's lease has lapsed.
    ///
    /// - Parameter again: Whether to claim it even if it has been cleared up after.
    /// - Returns: Whether this process has the claim, or why not.
    /// - Throws: What Redis refuses, or that it is away.
    func take(again: Bool = false) async throws(ChannelLayerError) -> Answer {
        switch try await number(claim(again ? "again" : "0"), to: "claim a front") {
        case 1: .taken
        case 2: .done
        default: .denied
        }
    }

    /// Extends it, which fails when the front is back or another reaper has it.
    func extend() async throws(ChannelLayerError) -> Bool {
        try await evaluate(extensionCall, to: "extend the claim on a front")
    }

    /// Extends it after the commands of a pipeline.
    func extend(after commands: [RedisCommand]) async throws(ChannelLayerError) -> (replies: [RedisReply], holds: Bool)
    {
        var replies = try await context.hosts.send(commands + [extensionCall.byDigest], to: host)
        let reply = replies.removeLast()
        if reply.errorText?.hasPrefix("NOSCRIPT") == true { return (replies, try await extend()) }
        if let text = reply.errorText { throw ChannelLayerError(refused: text, "extend the claim on \(front)") }
        return (replies, reply.int == 1)
    }

    /// Ends it: all is done.
    func finish() async throws(ChannelLayerError) -> Bool {
        let arguments = [me, RedisArgument(Self.remembrance)]
        return try await evaluate(
            ScriptCall(LuaScripts.forgetFront, keys: keys, arguments: arguments),
            to: "forget a front"
        )
    }

    private var extensionCall: ScriptCall { claim("1") }

    private func claim(_ how: RedisArgument) -> ScriptCall {
        let seconds = RedisArgument(context.configuration.lease.inSeconds)
        return ScriptCall(LuaScripts.claimFront, keys: keys, arguments: [me, seconds, how])
    }

    private func evaluate(_ call: ScriptCall, to what: String) async throws(ChannelLayerError) -> Bool {
        try await number(call, to: what) == 1
    }

    private func number(_ call: ScriptCall, to what: String) async throws(ChannelLayerError) -> Int? {
        let reply = try await context.hosts.evaluate([call], on: host)[0]
        if let text = reply.errorText { throw ChannelLayerError(refused: text, "\(what), \(front)") }
        return reply.int
    }
}
