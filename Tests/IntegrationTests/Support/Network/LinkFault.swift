/// Which way bytes go through a ``FaultyLink``.
struct LinkDirections: OptionSet, Sendable {
    let rawValue: Int

    /// From whoever connected to the link.
    static let toServer = LinkDirections(rawValue: 1)
    /// To whoever connected to the link.
    static let toClient = LinkDirections(rawValue: 2)
    static let both: LinkDirections = [.toServer, .toClient]
}

/// What a ``FaultyLink`` does to its connections, open ones and new ones.
enum LinkFault: Sendable, Equatable {
    /// Nothing: bytes and closings pass.
    case none
    /// Bytes and closings wait, and go on in order when the fault ends: a partition that TCP survives.
    case held(LinkDirections)
    /// Bytes and closings are dropped, and nobody is told: a peer that is gone without a trace.
    ///
    /// What has lost a byte that way stays silent, also after the fault.
    case swallowed(LinkDirections)
    /// What Redis publishes is dropped, and all else passes: subscriptions look well and bring nothing.
    case deaf
    /// Open connections were closed on both sides, and new ones are closed at once.
    case refused
}
