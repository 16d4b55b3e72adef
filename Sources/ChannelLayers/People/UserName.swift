import Foundation

/// Who a person is: the name under which a connection's user is counted.
///
/// Any text of 1 to 255 bytes of UTF-8 without control characters; upper and lower case differ. It is kept in the
/// composed form of Unicode (NFC), so that an é is one letter however it was typed, and two names are the same where
/// their bytes are: a server that shares people between processes compares them so.
public struct UserName: Sendable, Hashable, CustomStringConvertible {
    /// The longest valid name, in bytes of UTF-8.
    public static let maximumLength = 255

    /// The name as text.
    public let rawValue: String

    /// Checks a name, and takes its composed form.
    ///
    /// - Parameter text: The name as text.
    /// - Throws: `ChannelLayerError` with code `.invalidName` when it is empty, too long, or has control characters.
    public init(_ text: String) throws(ChannelLayerError) {
        // No byte of ASCII is a part of anything composed.
        let isToStay = text.utf8.allSatisfy { $0 < 0x80 } || text.utf8.count > 4 * Self.maximumLength
        let rawValue = isToStay ? text : text.precomposedStringWithCanonicalMapping
        let isPrintable = rawValue.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard (1...Self.maximumLength).contains(rawValue.utf8.count), isPrintable else {
            throw ChannelLayerError(
                code: .invalidName,
                message: """
                    user name \(rawValue.debugDescription.prefix(120)) is not valid: use 1 to \(Self.maximumLength) \
                    bytes of UTF-8 without control characters
                    """
            )
        }
        self.rawValue = rawValue
    }

    /// Whether two names have the same bytes; `String` would call some the same that servers tell apart.
    public static func == (left: UserName, right: UserName) -> Bool {
        left.rawValue.utf8.elementsEqual(right.rawValue.utf8)
    }

    /// Hashes the name's bytes.
    public func hash(into hasher: inout Hasher) {
        for byte in rawValue.utf8 { hasher.combine(byte) }
    }

    /// The text that operators see.
    public var description: String { rawValue }
}
