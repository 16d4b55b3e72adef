import ChannelLayers
import Redis

/// A batch in Redis' words.
///
/// The listing of this process' groups is one command before all others, for groups that have members then, and one
/// after them, for those that have none any more. Redis works through a pipeline in order, so wherever it is cut off,
/// no group has members that are not listed.
struct BatchPipeline {
    typealias Part = MembershipTable<LayerState.Waiter>.GroupBatch

    /// What Redis said to it.
    struct Outcome {
        /// Why Redis refused a part; `nil` where it did not.
        var refusals: [String?] = []
        /// Why Redis refused to change the listing; `nil` if it did not.
        var listingRefusal: String?
        /// The replies that are not the batch's own.
        var rest: ArraySlice<RedisReply>
    }

    private(set) var commands: [RedisCommand] = []
    /// How many commands each part has.
    private(set) var counts: [Int] = []
    private var isListedBefore = false
    private var isListedAfter = false

    /// Makes the commands.
    ///
    /// - Parameters:
    ///   - batch: What is to be written.
    ///   - front: Whose members these are.
    ///   - keys: What the keys are called.
    ///   - expiry: How many seconds Redis keeps a group that nobody renews.
    init(_ batch: [Part], of front: FrontName, keys: RedisKeys, expiry: Int) {
        let listing = RedisArgument(keys.groups(of: front))
        var list = RedisCommand("ZADD", listing)
        var unlist = RedisCommand("ZREM", listing)
        for part in batch {
            switch part.listing {
            case nil: break
            case 0:
                unlist.append(RedisArgument(part.group.rawValue))
                isListedAfter = true
            case let count?:
                list.append(RedisArgument(count))
                list.append(RedisArgument(part.group.rawValue))
                isListedBefore = true
            }
        }
        if isListedBefore { commands.append(list) }
        for part in batch {
            let made = Self.commands(part, key: RedisArgument(keys.members(of: part.group)), expiry: expiry)
            commands += made
            counts.append(made.count)
        }
        if isListedAfter { commands.append(unlist) }
    }

    private static func commands(_ part: Part, key: RedisArgument, expiry: Int) -> [RedisCommand] {
        var commands: [RedisCommand] = []
        if !part.joins.isEmpty {
            var add = RedisCommand("ZADD", key)
            for (channel, since) in part.joins {
                add.append(RedisArgument(since + MemberScore.offset))
                add.append(RedisArgument(channel.rawValue))
            }
            commands.append(add)
            commands.append(RedisCommand("EXPIRE", key, RedisArgument(expiry)))
        }
        if !part.leaves.isEmpty {
            commands.append(RedisCommand("ZREM", [key] + part.leaves.map { RedisArgument($0.rawValue) }))
        }
        return commands
    }

    /// What the replies say; those that follow the batch's own are left over.
    func outcome(_ replies: [RedisReply]) -> Outcome {
        var outcome = Outcome(rest: replies[...])
        if isListedBefore { outcome.listingRefusal = outcome.rest.popFirst()?.errorText }
        for count in counts {
            outcome.refusals.append(outcome.rest.prefix(count).lazy.compactMap(\.errorText).first)
            outcome.rest = outcome.rest.dropFirst(count)
        }
        if isListedAfter {
            let refusal = outcome.rest.popFirst()?.errorText
            outcome.listingRefusal = outcome.listingRefusal ?? refusal
        }
        return outcome
    }
}
