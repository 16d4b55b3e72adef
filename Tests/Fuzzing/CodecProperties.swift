import Messages

/// One of the formats that messages travel in, and what must hold whatever bytes its decoder is given.
///
/// A property that does not hold ends the process: that is how libFuzzer learns of it and keeps the input.
struct CodecProperties {
    typealias Decoder = (_ bytes: Span<UInt8>, _ limits: DecodingLimits) throws(MessageError) -> MessageValue
    typealias Encoder = (_ value: MessageValue) throws(MessageError) -> [UInt8]

    let decode: Decoder
    let encode: Encoder

    /// Decodes the input and checks what comes of it.
    ///
    /// - Parameter input: Any bytes; in a block of exactly their size, so that the sanitizer sees a step beyond them.
    func check(_ input: UnsafeBufferPointer<UInt8>) {
        let (result, peak) = AllocationMeter.measure { decoded(input.span, .default) }
        checkMemory(peak, ofInput: input.count)
        switch result {
        case .success(let value): checkRead(value)
        case .failure(let error): checkRefused(error, inputCount: input.count)
        }
    }

    // MARK: Properties

    /// What a decoder holds grows with the input, never with a length that the input merely declares.
    ///
    /// A byte can make an element of an array, which takes 32 bytes, twice that while the array grows; each level of
    /// nesting may have reserved room for 256 elements besides.
    private func checkMemory(_ peak: Int, ofInput count: Int) {
        let allowed = 160 * count + DecodingLimits.default.nesting * 16_384
        require(peak <= allowed, "\(count) bytes made the decoder allocate \(peak), more than \(allowed)")
    }

    /// What was read can be written, and reads as the same value.
    private func checkRead(_ value: MessageValue) {
        guard let written = written(value) else { return }
        guard case .success(let again) = decoded(written.span, .default) else {
            violated("what was written cannot be read: \(written)")
        }
        require(self.written(again) == written, "writing, reading and writing again gives other bytes than \(written)")
        // A NaN equals nothing, so a value with one is compared by its bytes only.
        require(again == value || value.hasNaN, "another value came back for \(value)")
        checkNesting(of: written, depth: value.depth)
        checkEnd(of: written)
    }

    /// The limit counts levels exactly.
    private func checkNesting(of written: [UInt8], depth: Int) {
        require(depth <= DecodingLimits.default.nesting, "a value \(depth) levels deep was read")
        if depth > 0, case .failure(let error) = decoded(written.span, DecodingLimits(nesting: depth)) {
            violated("\(depth) levels are refused at a limit of \(depth): \(error)")
        }
        guard depth > 1 else { return }
        let shallower = decoded(written.span, DecodingLimits(nesting: depth - 1))
        guard case .failure(.malformed(.nestedTooDeep(depth - 1), _, _)) = shallower else {
            violated("\(depth) levels are read at a limit of \(depth - 1)")
        }
    }

    /// One byte more than a value is refused.
    private func checkEnd(of written: [UInt8]) {
        let longer = written + [UInt8(ascii: "]")]
        guard case .failure(.malformed(.trailingBytes(1), _, written.count)) = decoded(longer.span, .default) else {
            violated("a byte after the value is not refused: \(longer)")
        }
    }

    /// A refusal says where, in one line that a log can take.
    private func checkRefused(_ error: MessageError, inputCount: Int) {
        guard case .malformed(_, _, let offset) = error else { violated("a decoder threw \(error)") }
        require((0...inputCount).contains(offset), "offset \(offset) of \(inputCount): \(error)")
        let text = error.description
        require(!text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }, "not one line: \(text)")
        require(text.utf8.count < 1_024, "a long line: \(text)")
    }

    // MARK: Parts

    private func decoded(_ bytes: Span<UInt8>, _ limits: DecodingLimits) -> Result<MessageValue, MessageError> {
        do throws(MessageError) {
            return .success(try decode(bytes, limits))
        } catch {
            return .failure(error)
        }
    }

    /// Nil when the format cannot carry bytes and the value has some.
    private func written(_ value: MessageValue) -> [UInt8]? {
        do throws(MessageError) {
            return try encode(value)
        } catch {
            guard case .bytesInJSON = error, value.hasBytes else { violated("cannot write \(value): \(error)") }
            return nil
        }
    }

    private func require(_ condition: Bool, _ message: @autoclosure () -> String) {
        if !condition { violated(message()) }
    }

    private func violated(_ message: String) -> Never {
        fatalError(message)
    }
}

extension MessageValue {
    /// How deep arrays and maps stand inside one another; 0 for anything else.
    fileprivate var depth: Int {
        switch self {
        case .array(let elements): 1 + (elements.map(\.depth).max() ?? 0)
        case .map(let map): 1 + (map.values.map(\.depth).max() ?? 0)
        default: 0
        }
    }

    fileprivate var hasNaN: Bool {
        contains { if case .double(let number) = $0 { number.isNaN } else { false } }
    }

    fileprivate var hasBytes: Bool {
        contains { if case .bytes = $0 { true } else { false } }
    }

    private func contains(_ condition: (MessageValue) -> Bool) -> Bool {
        switch self {
        case .array(let elements): elements.contains { $0.contains(condition) }
        case .map(let map): map.values.contains { $0.contains(condition) }
        default: condition(self)
        }
    }
}
