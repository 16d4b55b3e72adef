/// Which consumer answers which path.
public struct ConsumerRouter: Sendable {
    /// A route that a path matched.
    package struct Match: Sendable {
        package let kind: ConsumerKind
        package let arguments: [String: String]
    }

    private var routes: [(pattern: RoutePattern, kind: ConsumerKind)] = []

    /// Makes a router without routes.
    public init() {}

    /// Adds a route.
    ///
    /// Of several that match a path the one that was added first answers.
    ///
    /// - Parameters:
    ///   - pattern: A path, with `<name>` for a segment that the scope's arguments will hold.
    ///   - make: Makes the consumer of one connection from its scope.
    /// - Throws: `RoutingError` when the pattern is not well formed or was added before.
    public mutating func add<C: Consumer>(
        _ pattern: String,
        _ make: @escaping @Sendable (Scope) -> C
    ) throws(RoutingError) {
        let parsed = try RoutePattern(pattern)
        guard !routes.contains(where: { $0.pattern == parsed }) else { throw .duplicate(pattern) }
        routes.append((parsed, ConsumerKind(make)))
    }

    /// Finds the route for a path.
    package func match(_ path: some StringProtocol) -> Match? {
        for (pattern, kind) in routes {
            if let arguments = pattern.match(path) { return Match(kind: kind, arguments: arguments) }
        }
        return nil
    }
}
