/// Tells of the desk one after the other, and once for all who asked meanwhile.
struct DeskTelling: Sendable {
    /// Who is to be told.
    enum Audience: Comparable, Sendable {
        /// The connections of this front, which may have missed what the others heard.
        case here
        /// Those of all fronts.
        case everyone
    }

    private(set) var isRunning = false
    /// Who is to be told after those who are being told now.
    private var next: Audience?
    /// Who was to be told when it failed.
    private(set) var owed: Audience?

    /// Somebody wants it told; returns whom to tell now, if nobody is at it.
    mutating func ask(_ audience: Audience) -> Audience? {
        guard !isRunning else {
            next = max(next ?? audience, audience)
            return nil
        }
        defer { owed = nil }
        isRunning = true
        return max(audience, owed ?? audience)
    }

    /// They were told; returns whom to tell now.
    mutating func told() -> Audience? {
        defer { next = nil }
        isRunning = next != nil
        return next
    }

    /// They could not be told, which somebody has to ask for again.
    mutating func failed(_ audience: Audience) {
        owed = max(audience, next ?? audience)
        next = nil
        isRunning = false
    }
}
