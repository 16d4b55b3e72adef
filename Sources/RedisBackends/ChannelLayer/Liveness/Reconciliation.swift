/// How far one host has been made to agree with this process since there was last a reason to doubt it.
///
/// First the host is looked through for what should not be there; meanwhile everything is written again. Then one batch
/// that takes all that there is to write has to arrive: with it the host lacks nothing, and holds nothing too much.
struct Reconciliation: Sendable, Hashable {
    private enum Step {
        /// To be looked through. Goes to `writing`.
        case sweeping
        /// Looked through; what there is to write has yet to arrive. Goes to `agreed`.
        case writing
        /// Both are done. Each reason to doubt goes back to `sweeping`.
        case agreed
    }

    /// How many reasons to doubt there were; what began before the last one proves nothing.
    private(set) var round = 0
    private var step = Step.sweeping
    /// Why the host does not let itself be looked through; `nil` unless it has refused.
    var obstacle: String?

    /// Whether all is done.
    var isAgreed: Bool { step == .agreed }

    /// Why the host cannot be relied on; `nil` when all is done.
    var fault: String? {
        guard !isAgreed else { return nil }
        return ["reconciling with Redis", obstacle].compactMap { $0 }.joined(separator: ": ")
    }

    /// The round for which the host is to be looked through; `nil` if it need not be.
    var awaitsSweep: Int? { round > 0 && step == .sweeping ? round : nil }

    /// The round that the next whole batch ends; `nil` if none does.
    var awaitsWriting: Int? { step == .writing ? round : nil }

    /// The host may have lost or kept anything.
    mutating func doubt() {
        round += 1
        step = .sweeping
        obstacle = nil
    }

    /// The host has been looked through, from the beginning to the end of this round.
    mutating func swept(_ round: Int) {
        guard awaitsSweep == round else { return }
        step = .writing
        obstacle = nil
    }

    /// All that there was to write when this round awaited it has arrived.
    mutating func written(_ round: Int) {
        guard awaitsWriting == round else { return }
        step = .agreed
    }
}
