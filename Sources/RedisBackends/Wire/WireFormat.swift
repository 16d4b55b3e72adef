package import ChannelLayers
package import Messages

/// How messages look in Redis: the serializer, and the keys if they are encrypted.
///
/// It must be the same in every process that shares the Redis, those of `channels_redis` included.
public struct WireFormat: Sendable {
    /// What turns a message into bytes; the raw values are the names that `channels_redis` has for them.
    public enum Serializer: String, Sendable, Hashable, CaseIterable {
        /// MessagePack, the default of `channels_redis`.
        case messagePack = "msgpack"
        /// JSON, which cannot carry bytes.
        case json
    }

    /// What turns a message into bytes.
    public let serializer: Serializer
    /// The longest message that is read, in bytes as it lies in Redis.
    public let maximumMessageBytes: Int
    /// The first encrypts, all of them decrypt.
    private let keys: [FernetKey]

    /// Makes a format.
    ///
    /// - Parameters:
    ///   - serializer: What turns a message into bytes.
    ///   - encryptionKeys: As `symmetric_encryption_keys` of `channels_redis`: the first encrypts, each of them
    ///     decrypts. None: messages are not encrypted.
    ///   - maximumMessageBytes: The longest message that is read, in bytes as it lies in Redis.
    public init(
        serializer: Serializer = .messagePack,
        encryptionKeys: [String] = [],
        maximumMessageBytes: Int = 16 * 1024 * 1024
    ) {
        self.serializer = serializer
        self.maximumMessageBytes = maximumMessageBytes
        keys = encryptionKeys.map { FernetKey(secret: $0) }
    }

    /// Whether messages are encrypted.
    public var isEncrypted: Bool { !keys.isEmpty }
}

extension WireFormat: CustomStringConvertible {
    /// The text that operators see; it holds no key.
    public var description: String {
        isEncrypted ? "\(serializer.rawValue), encrypted, \(keys.count) key(s)" : serializer.rawValue
    }
}

// MARK: Whole messages

extension WireFormat {
    /// A message's bytes as a pub/sub channel carries them: no random prefix, no name of a channel.
    package func encode(_ message: Message) throws(MessageError) -> [UInt8] {
        sealed(try SerializedMessage.bytes(of: message.fields, serializer: serializer))
    }

    /// Reads a message.
    ///
    /// An encrypted one that is older than `maximumAge`, or more than a minute in the future, is refused; without a
    /// `maximumAge`, and without encryption, its age is not looked at.
    package func decode(_ payload: Span<UInt8>, maximumAge: Duration? = nil) throws(WireError) -> Message {
        guard payload.count <= maximumMessageBytes else {
            throw .tooLarge(bytes: payload.count, limit: maximumMessageBytes)
        }
        guard isEncrypted else {
            do {
                return try deserialized(payload)
            } catch {
                throw FernetToken.isLikely(payload) ? .encrypted : .malformed(error)
            }
        }
        let plaintext = try opened(payload, maximumAge: maximumAge)
        do {
            return try deserialized(plaintext.span)
        } catch {
            throw .malformed(error)
        }
    }

    private func deserialized(_ bytes: Span<UInt8>) throws(MessageError) -> Message {
        switch serializer {
        case .messagePack: try Message(messagePack: bytes)
        case .json: try Message(json: bytes)
        }
    }

    /// Encrypts, if there is a key to encrypt with.
    func sealed(_ plaintext: [UInt8]) -> [UInt8] {
        keys.first?.seal(plaintext) ?? plaintext
    }

    private func opened(_ payload: Span<UInt8>, maximumAge: Duration?) throws(WireError) -> [UInt8] {
        guard let token = FernetToken(base64: payload) else {
            throw FernetToken.isLikely(payload) ? .noKeyOpens(keys: keys.count) : .notEncrypted
        }
        for key in keys {
            guard let plaintext = key.open(token) else { continue }
            // After the signature: only then is the time in it to be believed.
            if let maximumAge { try token.checkAge(maximum: maximumAge) }
            return plaintext
        }
        throw FernetToken.isLikely(payload) ? .noKeyOpens(keys: keys.count) : .notEncrypted
    }
}

// MARK: Messages to a group

extension WireFormat {
    /// The bytes of a message to a group that one member is not to get; only Muster's processes read whom.
    ///
    /// The name travels as the last field, so that it is inside what is encrypted. A field of that name which the
    /// message brings along is left out, since it would speak for the sender.
    package func encode(_ message: Message, excluding excluded: ChannelName?) throws(MessageError) -> [UInt8] {
        var fields = message.fields
        fields.removeValue(forKey: ReservedField.exception)
        if let excluded { fields[ReservedField.exception] = .string(excluded.rawValue) }
        return sealed(try SerializedMessage.bytes(of: fields, serializer: serializer))
    }

    /// Reads a message to a group, and who is not to get it.
    ///
    /// A field that should say so and does not is taken out all the same, and nobody is left out.
    package func decodeRelay(_ payload: Span<UInt8>) throws(WireError) -> (message: Message, excluded: ChannelName?) {
        let message = try decode(payload)
        guard let (rest, value) = try message.taking(ReservedField.exception) else { return (message, nil) }
        return (rest, value.stringValue.flatMap { try? ChannelName($0) })
    }
}
