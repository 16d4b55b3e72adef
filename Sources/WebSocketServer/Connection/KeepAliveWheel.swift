/// Spreads the connections of an event loop over the seconds of a ping interval: each second one slot is looked at, so
/// that thousands of connections need one timer and are not pinged all at once.
struct KeepAliveWheel<Member: AnyObject> {
    private var slots: [MemberList<Member>]
    private var hand = 0
    private var nextSlot = 0

    /// Makes a wheel that comes round after `seconds` turns; at least one.
    init(seconds: Int) {
        slots = Array(repeating: MemberList(), count: max(1, seconds))
    }

    /// Adds a member and returns its slot, which removal needs.
    mutating func insert(_ member: Member) -> Int {
        let slot = nextSlot
        slots[slot].insert(member)
        nextSlot = (nextSlot + 1) % slots.count
        return slot
    }

    mutating func remove(_ member: Member, slot: Int) {
        slots[slot].remove(member)
    }

    /// Moves on by one slot and returns its members.
    mutating func turn() -> ContiguousArray<Member> {
        hand = (hand + 1) % slots.count
        return slots[hand].members
    }

    /// Everyone, for a shutdown.
    var all: [Member] { slots.flatMap(\.members) }
}
