package import Messages

/// Why what lies in Redis could not be read as a message.
///
/// No error holds a key, and no text of one holds anything from the message.
package enum WireError: Error, Sendable, Hashable {
    /// It is encrypted, with a key that is not among ours, or was damaged since.
    case noKeyOpens(keys: Int)
    /// Keys are set, and it is not encrypted.
    case notEncrypted
    /// No key is set, and it is encrypted.
    case encrypted
    /// It was encrypted longer ago than the limit allows.
    case tooOld(seconds: Int64, limit: Duration)
    /// It was encrypted more than a minute from now, by this host's clock.
    case fromTheFuture(seconds: Int64)
    /// It is longer than the limit.
    case tooLarge(bytes: Int, limit: Int)
    /// A mailbox entry that is too short for the random bytes that each begins with.
    case noRandomPrefix(bytes: Int)
    /// A mailbox entry that names its receivers neither as text nor as a list of texts.
    case unreadableAddress
    /// It is no message in the serializer's format.
    case malformed(MessageError)
}

extension WireError: CustomStringConvertible {
    /// What is wrong and what to do about it.
    package var description: String {
        switch self {
        case .noKeyOpens(let keys):
            "none of the \(keys) encryption keys opens it: compare symmetric_encryption_keys with its sender's"
        case .notEncrypted:
            "it is not encrypted, but encryption keys are set here: set the same symmetric_encryption_keys at its sender"
        case .encrypted:
            "it is encrypted, but no encryption key is set here: set its sender's symmetric_encryption_keys here too"
        case .tooOld(let seconds, let limit):
            "it was encrypted \(seconds) s ago, and more than \(limit.components.seconds) s is too old: compare the"
                + " clocks of this host and its sender's, and see whether messages are read in time"
        case .fromTheFuture(let seconds):
            "it was encrypted \(seconds) s from now: set the clock of this host or of its sender"
        case .tooLarge(let bytes, let limit):
            "it has \(bytes) bytes, more than the \(limit) allowed: send less at once, or raise the limit"
        case .noRandomPrefix(let bytes):
            "it has \(bytes) byte(s), fewer than the \(MailboxEntry.randomPrefixLength) random ones that a mailbox entry"
                + " begins with: find out who writes to this key, and leave random_prefix_length at its default"
        case .unreadableAddress:
            "its \(ReservedField.address) is neither text nor a list of texts: find out who writes to this key"
        case .malformed(.malformed(.keysLookAlike, let format, let offset)):
            // The error's own text quotes the key, which is a piece of the message.
            "not valid \(format) at byte \(offset): one key is there twice in different bytes; send keys in one Unicode"
                + " normal form"
        case .malformed(let error):
            "\(error)"
        }
    }
}
