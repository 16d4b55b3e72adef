import ChannelLayers

extension MembershipTable {
    /// A channel that is wanted in a group.
    struct Member {
        /// When it joined, in Unix seconds.
        var since: Double
        /// Whether Redis may hold it.
        var isWritten = false
        /// Whether the batch that it is in is the first to write it: if that is refused, Redis does not hold it.
        var isFirstWrite = false
        /// Whether Redis has said that it holds it.
        var isAcknowledged = false
    }

    /// What is known of a group's relay.
    enum Subscription {
        /// Not asked for. Goes to `requested`.
        case none
        /// Being asked for. Goes to `confirmed`, or back to `none` if it cannot be made.
        case requested
        /// Redis has confirmed it. Goes to `lost` with the relay's connection.
        case confirmed
        /// The relay is down; it renews the subscription by itself. Goes to `confirmed` when it is back.
        case lost
    }

    /// What is wanted in one group, and what Redis is yet to be told.
    struct Group {
        private(set) var members: [ChannelName: Member] = [:]
        /// Members to be written: Redis may not hold them.
        var joining: Set<ChannelName> = []
        /// Channels to be removed: Redis may hold them, and they are no members.
        var leaving: Set<ChannelName> = []
        var inFlight: Set<ChannelName> = []
        /// Channels that Redis would not let go: to be tried again later.
        var refusedLeaves: Set<ChannelName> = []
        var waiters: [ChannelName: [Waiter]] = [:]
        var subscription = Subscription.none
        /// Whether others keep something of it until it is released: a subscription, or a note that it was denied.
        var isHeldElsewhere = false
        /// How many members Redis lists for this group, once the batch at hand is through; `nil` if that is not known.
        var listed: Int?
        /// Whether it came up in a doubt, and nothing was written of it, nor seen of it in Redis, since: if Redis lists
        /// it nevertheless, the search will tell.
        var isUnseen: Bool
        /// How many members Redis may hold.
        private var written = 0

        /// A group without members.
        ///
        /// - Parameters:
        ///   - listed: How many Redis lists; `nil` if that is not known.
        ///   - isUnseen: Whether it comes up in a doubt, without having been seen in Redis.
        init(listed: Int? = 0, isUnseen: Bool = false) {
            self.listed = listed
            self.isUnseen = isUnseen
        }

        var isChanged: Bool { !joining.isEmpty || !leaving.isEmpty }

        /// Whether nobody is left, and neither Redis nor the relay has ever been told of anybody.
        var isUntold: Bool {
            members.isEmpty && !isChanged && inFlight.isEmpty && refusedLeaves.isEmpty
                && (listed == 0 || isUnseen) && subscription == .none && !isHeldElsewhere
        }

        /// Whether a batch has to look at it; one that is empty passes through a batch to be let go.
        var needsBatch: Bool { isChanged || members.isEmpty || listed == nil }

        /// How many channels of this process Redis may hold once the batch at hand is through.
        var held: Int { written + leaving.count + refusedLeaves.count }

        mutating func add(_ channel: ChannelName, since: Double) {
            // One that has left may still be in Redis.
            let mayBeWritten =
                leaving.remove(channel) != nil || inFlight.contains(channel) || refusedLeaves.remove(channel) != nil
            members[channel] = Member(since: since, isWritten: mayBeWritten)
            if mayBeWritten { written += 1 }
            joining.insert(channel)
        }

        /// Returns whether it was a member.
        mutating func remove(_ channel: ChannelName) -> Bool {
            guard let member = members.removeValue(forKey: channel) else { return false }
            joining.remove(channel)
            if member.isWritten || inFlight.contains(channel) { leaving.insert(channel) }
            if member.isWritten { written -= 1 }
            return true
        }

        /// Everything is to be written again, and nothing is known of what Redis holds or lists.
        mutating func doubt(rejoinedAt now: Double?) {
            if let now {
                for channel in members.keys { members[channel]?.since = now }
            }
            joining.formUnion(members.keys)
            leaving.formUnion(refusedLeaves)
            // What is on its way may arrive before whatever gives rise to the doubt.
            leaving.formUnion(inFlight.filter { members[$0] == nil })
            refusedLeaves.removeAll()
            listed = nil
        }

        /// What was sent for a channel may not have arrived.
        mutating func sendAgain(_ channel: ChannelName) {
            if members[channel] == nil {
                leaving.insert(channel)
            } else {
                members[channel]?.isFirstWrite = false
                joining.insert(channel)
            }
        }

        /// A member is in the batch at hand; returns when it joined.
        mutating func send(_ channel: ChannelName) -> Double {
            guard var member = members[channel] else { return 0 }
            member.isFirstWrite = !member.isWritten
            if !member.isWritten { written += 1 }
            member.isWritten = true
            members[channel] = member
            return member.since
        }

        /// Redis holds a channel; returns whether that is a member.
        mutating func noteHeld(_ channel: ChannelName) -> Bool {
            isUnseen = false
            guard var member = members[channel] else { return false }
            if !member.isWritten {
                written += 1
                listed = nil
            }
            member.isWritten = true
            member.isFirstWrite = false
            members[channel] = member
            return true
        }

        /// Whether Redis has said that it holds a member, and nothing has happened to it since.
        func isSettled(_ channel: ChannelName) -> Bool {
            members[channel]?.isAcknowledged == true && !joining.contains(channel) && !inFlight.contains(channel)
        }

        mutating func acknowledge(_ channel: ChannelName) {
            members[channel]?.isAcknowledged = true
        }

        /// Redis would not take a member.
        mutating func refuse(_ channel: ChannelName) {
            guard var member = members[channel] else { return }
            if member.isFirstWrite {
                member.isWritten = false
                member.isFirstWrite = false
                written -= 1
            }
            member.isAcknowledged = false
            members[channel] = member
        }
    }
}
