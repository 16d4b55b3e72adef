import ChannelLayers
import Consumers

/// Who is in which group among the connections of one event loop, by consumer type: what a fan-out walks.
struct GroupTable<Member: AnyObject> {
    /// The members of one group that share a consumer type, and so a rendering.
    struct Section {
        let kind: ConsumerKind
        var members = MemberList<Member>()
        /// Those that the group's history is played to; kept apart, so that the walk over the others asks none of them.
        fileprivate(set) var playing: [ObjectIdentifier: Playing] = [:]

        fileprivate var isEmpty: Bool { members.isEmpty && playing.isEmpty }
    }

    /// A member that the group's history is played to.
    struct Playing {
        let member: Member
        fileprivate(set) var playback = Playback.reading(newest: nil)
    }

    private var groups: [GroupName: [Section]] = [:]

    var isEmpty: Bool { groups.isEmpty }

    /// The sections of a group; empty if nobody here is in it.
    func sections(of group: GroupName) -> [Section] {
        groups[group] ?? []
    }

    mutating func insert(_ member: Member, kind: ConsumerKind, into group: GroupName) {
        update(kind, in: group) { $0.members.insert(member) }
    }

    mutating func remove(_ member: Member, kind: ConsumerKind, from group: GroupName) {
        guard let index = groups[group]?.firstIndex(where: { $0.kind.id == kind.id }) else { return }
        groups[group]?[index].members.remove(member)
        groups[group]?[index].playing[ObjectIdentifier(member)] = nil
        guard groups[group]?[index].isEmpty == true else { return }
        groups[group]?.remove(at: index)
        if groups[group]?.isEmpty == true { groups[group] = nil }
    }

    /// Changes a section, which is made if there is none.
    private mutating func update(_ kind: ConsumerKind, in group: GroupName, _ change: (inout Section) -> Void) {
        // Groups hold one or two consumer types: a linear search beats a dictionary.
        if let index = groups[group]?.firstIndex(where: { $0.kind.id == kind.id }) {
            change(&groups[group, default: []][index])
        } else {
            var section = Section(kind: kind)
            change(&section)
            groups[group, default: []].append(section)
        }
    }
}

/// Members that a group's history is played to.
extension GroupTable {
    /// A member, new or not, is to read the group's history from now on.
    mutating func play(_ member: Member, kind: ConsumerKind, in group: GroupName) {
        update(kind, in: group) { section in
            section.members.remove(member)
            section.playing[ObjectIdentifier(member)] = Playing(member: member)
        }
    }

    /// What a member has been sent of the history; `nil` if it does not read it.
    mutating func read(
        _ page: HistoryPage,
        by member: Member,
        kind: ConsumerKind,
        in group: GroupName
    ) -> Playback.Next? {
        guard let index = groups[group]?.firstIndex(where: { $0.kind.id == kind.id }) else { return nil }
        return groups[group]?[index].playing[ObjectIdentifier(member)]?.playback.read(page)
    }

    /// A message is heard; returns those of the playing that get it now.
    ///
    /// Whoever it shows to be through with the history is one of the members from now on.
    mutating func hear(_ id: MessageID?, kind: ConsumerKind, in group: GroupName) -> ContiguousArray<Member> {
        // They may have left while others were given the message.
        guard let section = groups[group]?.first(where: { $0.kind.id == kind.id }) else { return [] }
        // What is not recorded changes nothing: no table is copied for it.
        guard let id else { return ContiguousArray(section.playing.values.map(\.member)) }
        var hearers: ContiguousArray<Member> = []
        for (key, playing) in section.playing {
            var playback = playing.playback
            if playback.heard(id) == .deliver { hearers.append(playing.member) }
            guard playback != playing.playback else { continue }
            update(kind, in: group) { section in
                section.playing[key]?.playback = playback
                section.settle(key)
            }
        }
        return hearers
    }

    /// What was read says no more about what is heard: those who have read all are members like the others.
    mutating func forgetEnds(in group: GroupName) {
        for section in sections(of: group) {
            for case (let key, let playing) in section.playing {
                guard case .following = playing.playback else { continue }
                update(section.kind, in: group) { section in
                    section.playing[key]?.playback = .live
                    section.settle(key)
                }
            }
        }
    }
}

extension GroupTable.Section {
    /// Moves a member that is live over to the others.
    fileprivate mutating func settle(_ key: ObjectIdentifier) {
        guard let playing = playing[key], playing.playback == .live else { return }
        self.playing[key] = nil
        members.insert(playing.member)
    }
}
