/// A path with places for arguments, as in `/chat/<room>/`.
///
/// `<name>` takes one whole, non-empty segment of the path, percent-decoded. A trailing slash counts, as in Django.
public struct RoutePattern: Sendable, Hashable, CustomStringConvertible {
    private enum Segment: Sendable, Hashable {
        case literal(String)
        case argument(String)
    }

    private let segments: [Segment]
    /// The pattern as it was written.
    public let description: String

    /// Reads a pattern.
    ///
    /// - Parameter pattern: Begins with `/`.
    /// - Throws: `RoutingError` when it does not, or when an argument's name is empty or stands twice.
    public init(_ pattern: String) throws(RoutingError) {
        guard pattern.hasPrefix("/") else { throw .notAbsolute(pattern) }
        var segments: [Segment] = []
        var names: Set<Substring> = []
        for part in pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            if part.hasPrefix("<"), part.hasSuffix(">") {
                let name = part.dropFirst().dropLast()
                guard !name.isEmpty, names.insert(name).inserted else { throw .badArgument(pattern) }
                segments.append(.argument(String(name)))
            } else {
                segments.append(.literal(String(part)))
            }
        }
        self.segments = segments
        description = pattern
    }

    /// Holds a path against the pattern.
    ///
    /// - Parameter path: The path without the query, still percent-encoded.
    /// - Returns: The arguments, or `nil` if the path does not match. An argument that is not valid UTF-8 does not match.
    public func match(_ path: some StringProtocol) -> [String: String]? {
        guard path.hasPrefix("/") else { return nil }
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == segments.count else { return nil }
        var arguments: [String: String] = [:]
        for (segment, part) in zip(segments, parts) {
            switch segment {
            case .literal(let text):
                guard part == text else { return nil }
            case .argument(let name):
                guard !part.isEmpty, let value = PercentEncoding.decode(part) else { return nil }
                arguments[name] = value
            }
        }
        return arguments
    }
}
