import Messages

/// What is known of an uploaded file; its JSON is what one user sends to another to show the file.
public struct MediaRecord: Sendable, Hashable {
    /// What the file is known by.
    public let id: MediaID
    /// The type that its content shows, such as `image/png`.
    public let type: String
    /// How many bytes it has.
    public let size: Int
    /// The SHA-256 of its content: 64 lower-case hexadecimal digits.
    public let sha256: String
    /// What the user calls it; never a path.
    public let name: String

    /// Where the file is, from the server's root.
    public var url: String { id.url }

    /// Makes a record.
    ///
    /// - Parameters:
    ///   - type: The type that the content shows.
    ///   - size: How many bytes it has.
    ///   - sha256: 64 lower-case hexadecimal digits; anything else gives `nil`.
    ///   - name: What the user calls it.
    public init?(type: String, size: Int, sha256: String, name: String) {
        guard sha256.utf8.count == 64, sha256.utf8.allSatisfy(\.isHexadecimalDigit) else { return nil }
        guard let id = MediaID(sha256.prefix(MediaID.length)), size >= 0 else { return nil }
        self.id = id
        self.type = type
        self.size = size
        self.sha256 = sha256
        self.name = name
    }

    /// The fields of its JSON.
    var fields: MessageMap {
        [
            "id": .string(id.rawValue), "url": .string(url), "type": .string(type), "size": .integer(Int64(size)),
            "sha256": .string(sha256), "name": .string(name),
        ]
    }
}
