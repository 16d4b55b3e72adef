import ChannelLayers
import MusterTesting

/// A layer in memory that acknowledges no join before a gate is open, as one whose server is away.
struct LateLayer: ForwardingChannelLayer {
    let base: any ChannelLayer = InMemoryChannelLayer()
    let gate: Gate

    func groupAdd(
        _ channel: ChannelName,
        to group: GroupName,
        as person: Person?,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    ) {
        gate.whenOpen { [base] in base.groupAdd(channel, to: group, as: person, whenDone: whenDone) }
    }
}
