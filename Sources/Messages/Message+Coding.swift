/// Messages as the bytes of either format.
extension Message {
    /// Reads a message from MessagePack.
    ///
    /// - Parameters:
    ///   - bytes: Exactly one message.
    ///   - limits: What is refused.
    /// - Throws: ``MessageError`` when the bytes are not MessagePack or are no message.
    public init(messagePack bytes: [UInt8], limits: DecodingLimits = .default) throws(MessageError) {
        try self.init(MessagePack.decode(bytes.span, limits: limits))
    }

    /// Reads a message from MessagePack in borrowed memory, without copying it first.
    ///
    /// - Parameters:
    ///   - bytes: Exactly one message.
    ///   - limits: What is refused.
    /// - Throws: ``MessageError`` when the bytes are not MessagePack or are no message.
    public init(messagePack bytes: Span<UInt8>, limits: DecodingLimits = .default) throws(MessageError) {
        try self.init(MessagePack.decode(bytes, limits: limits))
    }

    /// Reads a message from JSON.
    ///
    /// - Parameters:
    ///   - bytes: Exactly one message in UTF-8.
    ///   - limits: What is refused.
    /// - Throws: ``MessageError`` when the bytes are not JSON or are no message.
    public init(json bytes: [UInt8], limits: DecodingLimits = .default) throws(MessageError) {
        try self.init(JSON.decode(bytes.span, limits: limits))
    }

    /// Reads a message from JSON in borrowed memory, without copying it first.
    ///
    /// - Parameters:
    ///   - bytes: Exactly one message in UTF-8.
    ///   - limits: What is refused.
    /// - Throws: ``MessageError`` when the bytes are not JSON or are no message.
    public init(json bytes: Span<UInt8>, limits: DecodingLimits = .default) throws(MessageError) {
        try self.init(JSON.decode(bytes, limits: limits))
    }

    /// Reads a message from JSON text.
    ///
    /// - Parameters:
    ///   - text: Exactly one message.
    ///   - limits: What is refused.
    /// - Throws: ``MessageError`` when the text is not JSON or is no message.
    public init(json text: String, limits: DecodingLimits = .default) throws(MessageError) {
        try self.init(JSON.decode(text, limits: limits))
    }

    /// The message as MessagePack: the bytes that Python's `msgpack.packb` writes.
    ///
    /// - Returns: The bytes.
    public func messagePack() -> [UInt8] {
        MessagePack.encode(.map(fields))
    }

    /// The message as JSON: the text that Python's `json.dumps` writes.
    ///
    /// - Returns: The text, all of it ASCII.
    /// - Throws: ``MessageError/bytesInJSON(key:)`` when a field holds bytes.
    public func json() throws(MessageError) -> String {
        try JSON.encode(.map(fields))
    }
}
