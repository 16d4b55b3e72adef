/// What can be wrong with a route when it is added.
public enum RoutingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The pattern does not begin with `/`.
    case notAbsolute(String)
    /// An argument of the pattern has no name, or a name that stands twice.
    case badArgument(String)
    /// The worker's channel belongs to one process, so that no worker can receive from it.
    case notGeneral(String, channel: String)
    /// The same pattern was added before.
    case duplicate(String)
    /// A route for clients with a subprotocol stands behind one for everybody with the same pattern, which would take
    /// them.
    case unreachable(String, subprotocol: String)

    /// The text that operators see.
    public var description: String {
        switch self {
        case .notAbsolute(let pattern): "route \(pattern): a pattern begins with /"
        case .badArgument(let pattern): "route \(pattern): every <argument> needs a name of its own"
        case .notGeneral(let pattern, let channel): "route \(pattern): a worker's channel has no \"!\": \(channel)"
        case .duplicate(let pattern): "route \(pattern) was added twice; remove one"
        case .unreachable(let pattern, let subprotocol):
            "route \(pattern) for subprotocol \(subprotocol): no client gets there; add it before the route for everybody"
        }
    }
}
