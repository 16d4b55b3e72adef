package import Messages

/// The counts that a process has to announce: one schedule per group.
///
/// An announcement costs a frame per member, so a large group's window is longer: by a window for each thousand members,
/// up to a second. A storm of joins then costs each member a few frames, however large the group becomes.
///
/// A plain value: its owner guards it with the lock that guards the membership, so that a change and the wish to
/// announce it are seen together.
package struct CountAnnouncements: Sendable {
    /// One announcement to make.
    package struct Announcement: Sendable, Hashable {
        package let group: GroupName
        package let message: CountMessage
    }

    private struct Entry {
        var schedule = CountSchedule.idle
        var message: CountMessage
        var isDue = false
        /// The group's last known count.
        var count = 0
    }

    /// The longest that a large group's window becomes.
    private static let longestWindow = Duration.seconds(1)

    /// The least time between two announcements of one small group.
    package let window: Duration
    private var entries: [GroupName: Entry] = [:]
    /// Groups with a due announcement or an open window: what a visit has to look at.
    private var active: Set<GroupName> = []

    package init(window: Duration) {
        self.window = window
    }

    /// Whether nothing is left to announce, now or when a window ends.
    package var isQuiet: Bool {
        active.allSatisfy { group in
            guard let entry = entries[group], !entry.isDue else { return entries[group] == nil }
            if case .changed = entry.schedule { return false }
            return true
        }
    }

    /// Notes that a group's count may have changed.
    package mutating func request(_ group: GroupName, as message: CountMessage, now: ContinuousClock.Instant) {
        var entry = entries[group] ?? Entry(message: message)
        entry.message = message
        if entry.schedule.changed(now: now, window: window(for: entry)) == .announce { entry.isDue = true }
        entries[group] = entry
        active.insert(group)
    }

    /// Notes a message to a group; if it is its count, told by whichever process, ours can wait.
    package mutating func heard(_ message: Message, in group: GroupName, now: ContinuousClock.Instant) {
        guard var entry = entries[group], entry.message.type == message.type else { return }
        if let count = message[entry.message.field]?.stringValue.flatMap({ Int($0) }) { entry.count = max(0, count) }
        let spread = Double.random(in: 0...1)
        entry.schedule.heardAnother(now: now, window: window(for: entry), spread: spread)
        entries[group] = entry
        active.insert(group)
    }

    /// Notes what a group's count was when this process announced it.
    package mutating func announced(_ count: Int, of group: GroupName) {
        entries[group]?.count = count
    }

    private func window(for entry: Entry) -> Duration {
        max(window, min(Self.longestWindow, window * (1 + Double(entry.count) / 1000)))
    }

    /// Asks again for every group that was ever announced here and is meant, as after a reconnection.
    package mutating func requestAll(
        now: ContinuousClock.Instant,
        where isMeant: (GroupName) -> Bool = { _ in true }
    ) {
        for group in entries.keys where isMeant(group) { requestAgain(group, now: now) }
    }

    /// Asks again for one group whose announcement could not be made.
    package mutating func retry(_ announcement: Announcement) {
        guard entries[announcement.group] != nil else { return }
        entries[announcement.group]?.isDue = true
        active.insert(announcement.group)
    }

    /// Asks again for one group, if it was ever announced here.
    package mutating func requestAgain(_ group: GroupName, now: ContinuousClock.Instant) {
        if let entry = entries[group] { request(group, as: entry.message, now: now) }
    }

    /// Asks again for one group, if it was ever announced here together with the number of people.
    package mutating func requestPeopleAgain(_ group: GroupName, now: ContinuousClock.Instant) {
        if entries[group]?.message.peopleField != nil { requestAgain(group, now: now) }
    }

    /// Asks again, later, for one group whose announcement the server refused.
    package mutating func postpone(_ announcement: Announcement, until instant: ContinuousClock.Instant) {
        guard entries[announcement.group] != nil else { return }
        entries[announcement.group]?.schedule = .changed(until: instant, latest: instant)
        active.insert(announcement.group)
    }

    /// Forgets a group that has no member here any more, once nothing is to be announced for it.
    package mutating func forget(_ group: GroupName) {
        guard !active.contains(group) else { return }
        entries[group] = nil
    }

    /// Takes what is due.
    ///
    /// - Parameters:
    ///   - now: The present.
    ///   - limit: At most this many; the rest stays due, for a visit after these.
    ///   - isPopulated: Whether a group has members here; one that has none is forgotten once it is quiet.
    ///   - isReady: Whether a group's own changes are all written; if not, its announcement waits for the next visit.
    /// - Returns: What to announce, and when to come again: `nil` if nothing is waiting for time to pass.
    package mutating func takeDue(
        now: ContinuousClock.Instant,
        limit: Int = .max,
        isPopulated: (GroupName) -> Bool,
        isReady: (GroupName) -> Bool = { _ in true }
    ) -> (due: [Announcement], next: ContinuousClock.Instant?) {
        var due: [Announcement] = []
        var next: ContinuousClock.Instant?
        for group in active {
            guard var entry = entries[group] else {
                active.remove(group)
                continue
            }
            if entry.schedule.windowEnded(now: now, window: window(for: entry)) == .announce { entry.isDue = true }
            if entry.isDue, due.count < limit, isReady(group) {
                entry.isDue = false
                due.append(Announcement(group: group, message: entry.message))
            }
            entries[group] = entry
            switch entry.schedule {
            case .idle:
                guard !entry.isDue else { continue }
                active.remove(group)
                if !isPopulated(group) { entries[group] = nil }
            case .resting(let end), .changed(let end, _):
                next = min(next ?? end, end)
            }
        }
        return (due, next)
    }
}
