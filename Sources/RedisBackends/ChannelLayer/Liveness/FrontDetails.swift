/// What a front says of itself in Redis, for `muster fronts`.
public struct FrontDetails: Sendable, Hashable {
    /// Where it listens, such as `10.0.0.7:8000`; empty if it does not.
    public var address: String
    /// How many connections it has.
    public var connections: Int
    /// What it runs.
    public var version: String

    /// Makes a front's details.
    ///
    /// - Parameters:
    ///   - address: Where it listens.
    ///   - connections: How many connections it has.
    ///   - version: What it runs.
    public init(address: String = "", connections: Int = 0, version: String = "") {
        self.address = address
        self.connections = connections
        self.version = version
    }
}
