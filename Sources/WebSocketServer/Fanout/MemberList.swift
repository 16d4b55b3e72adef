/// Members in one contiguous array, with addition and removal in constant time; the order is nobody's business.
struct MemberList<Member: AnyObject> {
    private(set) var members: ContiguousArray<Member> = []
    private var positions: [ObjectIdentifier: Int] = [:]

    var isEmpty: Bool { members.isEmpty }

    /// Adds a member; returns whether it was new.
    @discardableResult
    mutating func insert(_ member: Member) -> Bool {
        let id = ObjectIdentifier(member)
        guard positions[id] == nil else { return false }
        positions[id] = members.count
        members.append(member)
        return true
    }

    /// Removes a member; returns whether it was there.
    @discardableResult
    mutating func remove(_ member: Member) -> Bool {
        guard let position = positions.removeValue(forKey: ObjectIdentifier(member)) else { return false }
        let last = members.removeLast()
        if position < members.count {
            members[position] = last
            positions[ObjectIdentifier(last)] = position
        }
        return true
    }
}
