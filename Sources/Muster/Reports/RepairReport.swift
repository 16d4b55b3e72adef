import ChannelLayers
import RedisBackends

/// What `muster doctor --repair` has done.
struct RepairReport: Encodable, Equatable {
    /// Whether all is well now.
    let ok: Bool
    let before: DoctorReport
    /// The dead fronts that nothing is left of now.
    let clearedUp: [String]
    /// The dead fronts that somebody else was at, or that came back.
    let left: [String]
    /// The dead fronts that Redis refused to have cleared up after, and what it said.
    let refused: [String: String]
    /// The live fronts that were asked to write everything of their own again.
    let asked: [String]
    let djangoMembers: Int
    let after: DoctorReport

    init(before: DoctorReport, treatment: Treatment, after: DoctorReport) {
        ok = after.ok
        self.before = before
        clearedUp = treatment.clearedUp.map(\.rawValue).sorted()
        left = treatment.left.map(\.rawValue).sorted()
        refused = Dictionary(uniqueKeysWithValues: treatment.refused.map { ($0.key.rawValue, $0.value) })
        asked = treatment.asked.map(\.rawValue).sorted()
        djangoMembers = treatment.djangoMembers
        self.after = after
    }

    /// What a terminal shows after what was found.
    ///
    /// - Parameter advice: What to do next, where something is still wrong.
    /// - Returns: Lines.
    func text(advice: String?) -> String {
        let done = [
            clearedUp.isEmpty ? nil : "cleared up after \(DoctorReport.plural(clearedUp.count, "dead front"))",
            left.isEmpty ? nil : "left \(DoctorReport.plural(left.count, "front")) to the reaper that is at it",
            asked.isEmpty
                ? nil : "asked \(DoctorReport.plural(asked.count, "live front")) to write what is theirs again",
            djangoMembers == 0 ? nil : "removed \(DoctorReport.plural(djangoMembers, "member")) of Django",
        ].compactMap { $0 }
        let refusals = refused.sorted { $0.key < $1.key }.map { "\nNot cleared up after \($0.key): \($0.value)" }
            .joined()
        let deeds = done.isEmpty ? "There was nothing left to do." : "Done: \(done.joined(separator: ", "))."
        return "\n\(deeds)\(refusals)\n\n\(after.text(advice: advice))"
    }
}
