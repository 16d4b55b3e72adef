/// What an uploaded file is known by: the first 32 hexadecimal digits of its content's SHA-256.
public struct MediaID: Sendable, Hashable, CustomStringConvertible {
    /// How many digits it has.
    static let length = 32
    /// What the address of a file begins with.
    static let pathPrefix = "/media/"

    /// The digits, in lower case.
    public let rawValue: String

    /// Takes an id.
    ///
    /// - Parameter text: The id; anything but 32 lower-case hexadecimal digits gives `nil`.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.length, text.utf8.allSatisfy(\.isHexadecimalDigit) else { return nil }
        rawValue = String(text)
    }

    /// Where the file is, from the server's root.
    public var url: String { Self.pathPrefix + rawValue }

    /// The digits.
    public var description: String { rawValue }
}

extension UInt8 {
    /// Whether it is one of `0` to `9` and `a` to `f`.
    var isHexadecimalDigit: Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
    }
}
