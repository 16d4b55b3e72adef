/// What a decoder refuses, so that a hostile sender cannot exhaust the process.
///
/// Memory needs no limit of its own: what a decoder allocates grows with the bytes it is given, never with a length that
/// those bytes merely declare. Whoever reads the bytes bounds them.
public struct DecodingLimits: Sendable, Hashable {
    /// How deep arrays and maps may stand inside one another, the outermost counted as 1.
    public let nesting: Int

    /// 64 levels.
    public static let `default` = DecodingLimits()

    /// Makes limits.
    ///
    /// - Parameter nesting: From 1 to 512; a number outside is moved to the nearer end. 512 is what Python's `msgpack`
    ///   can send, and a depth that a thread's stack is sure to hold.
    public init(nesting: Int = 64) {
        self.nesting = min(max(nesting, 1), 512)
    }
}
