/// The name of a channel: the address of one connection, or of a general work queue.
///
/// A connection's channel is `specific.<process>!<local part>`; a name without `!` is a general channel. Valid names are
/// those that Django Channels' core layer takes: 1 to 99 characters, ASCII letters, digits, hyphens, underscores and
/// full stops, with at most one `!` that is not the first character.
public struct ChannelName: Sendable, Hashable, CustomStringConvertible {
    /// The longest valid name, in characters.
    public static let maximumLength = 99

    /// The name as text.
    public let rawValue: String

    /// Checks a name.
    ///
    /// - Parameter rawValue: The name as text.
    /// - Throws: `ChannelLayerError` with code `.invalidName` when Channels would refuse the name.
    public init(_ rawValue: String) throws(ChannelLayerError) {
        guard (1...Self.maximumLength).contains(rawValue.utf8.count), Self.isWellFormed(rawValue.utf8) else {
            throw ChannelLayerError(
                code: .invalidName,
                message: """
                    channel name \(rawValue.debugDescription.prefix(120)) is not valid: use 1 to \(Self.maximumLength) \
                    ASCII letters, digits, hyphens, underscores or full stops, and at most one "!" after the first
                    """
            )
        }
        self.rawValue = rawValue
    }

    /// Makes the name of a general channel that is written in the source; an invalid one is a programming mistake and traps.
    ///
    /// - Parameter name: The name.
    package init(general name: StaticString) {
        do {
            try self.init(name.description)
        } catch {
            preconditionFailure(error.message)
        }
    }

    /// Makes the name of a channel of this process; both parts are known to be well formed.
    ///
    /// - Parameters:
    ///   - front: The part before the `!`, `specific.<process>`.
    ///   - serial: The local part.
    package init(front: String, serial: UInt64) {
        rawValue = "\(front)!\(serial)"
    }

    /// Makes the name of a channel of this process that is received from; both parts are known to be well formed.
    ///
    /// - Parameters:
    ///   - front: The part before the `!`, `specific.<process>`.
    ///   - serial: What follows the mark of such channels in the local part.
    package init(front: String, received serial: UInt64) {
        rawValue = "\(front)!r\(serial)"
    }

    /// Whether it is a general channel, which belongs to no process: a name without `!`.
    public var isGeneral: Bool { !rawValue.utf8.contains(UInt8(ascii: "!")) }

    /// The name up to and including the `!`, which all channels of a process share; a general channel's whole name.
    package var nonLocal: Substring {
        guard let mark = rawValue.utf8.firstIndex(of: UInt8(ascii: "!")) else { return rawValue[...] }
        return rawValue[...mark]
    }

    /// Whether it is, of its own process' channels, one that is received from rather than a connection's.
    package var isReceived: Bool { rawValue.utf8.dropFirst(nonLocal.utf8.count).first == UInt8(ascii: "r") }

    /// Whether it is one that is received from, of the process whose channels begin with `front` and a `!`.
    package func isReceived(by front: String) -> Bool { isReceived && nonLocal.dropLast() == front }

    /// The text that operators see.
    public var description: String { rawValue }

    private static func isWellFormed(_ bytes: String.UTF8View) -> Bool {
        guard let mark = bytes.firstIndex(of: UInt8(ascii: "!")) else {
            return bytes.allSatisfy(NameCharacters.isPlain)
        }
        return mark != bytes.startIndex
            && bytes[..<mark].allSatisfy(NameCharacters.isPlain)
            && bytes[bytes.index(after: mark)...].allSatisfy(NameCharacters.isPlain)
    }
}
