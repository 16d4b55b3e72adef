import ChannelLayers
import Consumers

/// Who is in which group among the connections of one event loop, by consumer type: what a fan-out walks.
struct GroupTable<Member: AnyObject> {
    /// The members of one group that share a consumer type, and so a rendering.
    struct Section {
        let kind: ConsumerKind
        var members = MemberList<Member>()
    }

    private var groups: [GroupName: [Section]] = [:]

    var isEmpty: Bool { groups.isEmpty }

    /// The sections of a group; empty if nobody here is in it.
    func sections(of group: GroupName) -> [Section] {
        groups[group] ?? []
    }

    mutating func insert(_ member: Member, kind: ConsumerKind, into group: GroupName) {
        // Groups hold one or two consumer types: a linear search beats a dictionary.
        if let index = groups[group]?.firstIndex(where: { $0.kind.id == kind.id }) {
            groups[group]?[index].members.insert(member)
        } else {
            var section = Section(kind: kind)
            section.members.insert(member)
            groups[group, default: []].append(section)
        }
    }

    mutating func remove(_ member: Member, kind: ConsumerKind, from group: GroupName) {
        guard let index = groups[group]?.firstIndex(where: { $0.kind.id == kind.id }) else { return }
        groups[group]?[index].members.remove(member)
        guard groups[group]?[index].members.isEmpty == true else { return }
        groups[group]?.remove(at: index)
        if groups[group]?.isEmpty == true { groups[group] = nil }
    }
}
