import Glibc

/// Reads `multipart/form-data` as it comes (RFC 7578, RFC 2046), in pieces of any size.
///
/// It holds no more than the piece that it was given last, and the beginning of a delimiter or of a part's headers.
struct MultipartParser: Sendable {
    /// What is found, in this order: `part`, then `bytes` any number of times, then `partEnd`; after all parts, `end`.
    enum Event: Sendable, Equatable {
        case part(MultipartPart)
        case bytes(ArraySlice<UInt8>)
        case partEnd
        case end
    }

    private enum State {
        /// Before the first delimiter; what is here means nothing.
        case preamble
        /// Behind a delimiter, where it shows whether it is the last one.
        case delimiter
        case headers
        case content
        /// Behind the last delimiter; what is here means nothing.
        case epilogue
    }

    /// How many bytes a part's headers may have.
    static let maximumHeaders = 8 << 10
    /// How much white space may follow a delimiter.
    private static let maximumPadding = 64
    private static let lineEnd = Array("\r\n".utf8)

    private let delimiter: [UInt8]
    private var state = State.preamble
    /// What was given and not used.
    ///
    /// The first delimiter needs no line before it.
    private var buffer = lineEnd
    private var position = 0

    /// How many bytes are held of what was given.
    var held: Int { buffer.count - position }

    /// Begins to read.
    ///
    /// - Parameter boundary: From the `Content-Type`.
    init(boundary: String) {
        delimiter = Array("\r\n--\(boundary)".utf8)
    }

    /// Takes the next piece; `next` is to be called then until it gives nothing.
    mutating func append(_ bytes: some Collection<UInt8>) {
        if case .epilogue = state { return }
        buffer.removeFirst(position)
        position = 0
        buffer.append(contentsOf: bytes)
    }

    /// What is found next; `nil` if that takes another piece.
    ///
    /// - Throws: What is wrong with what was given; nothing can be read after it.
    mutating func next() throws(MultipartError) -> Event? {
        while true {
            switch state {
            case .preamble:
                guard let start = find(delimiter) else {
                    position = max(position, buffer.count - delimiter.count + 1)
                    return nil
                }
                position = start + delimiter.count
                state = .delimiter
            case .delimiter:
                guard let isLast = try readDelimiterEnd() else { return nil }
                state = isLast ? .epilogue : .headers
                if isLast {
                    buffer = []
                    position = 0
                    return .end
                }
            case .headers:
                guard let part = try readHeaders() else { return nil }
                state = .content
                return .part(part)
            case .content:
                let start = find(delimiter)
                if start == position {
                    position += delimiter.count
                    state = .delimiter
                    return .partEnd
                }
                // The last bytes may be the beginning of a delimiter.
                let end = start ?? max(position, buffer.count - delimiter.count + 1)
                guard end > position else { return nil }
                defer { position = end }
                return .bytes(buffer[position..<end])
            case .epilogue:
                return nil
            }
        }
    }

    /// Whether the delimiter is the last one; `nil` if that is not known yet.
    private mutating func readDelimiterEnd() throws(MultipartError) -> Bool? {
        let rest = buffer[position...]
        if rest.starts(with: "--".utf8) { return true }
        let line = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        if line.starts(with: Self.lineEnd) {
            position = line.startIndex + 2
            return false
        }
        let isBeginning = Self.lineEnd.starts(with: line) || rest.elementsEqual("-".utf8)
        guard isBeginning, line.startIndex - position <= Self.maximumPadding else { throw .badDelimiter }
        return nil
    }

    private mutating func readHeaders() throws(MultipartError) -> MultipartPart? {
        let rest = buffer[position...]
        if rest.starts(with: Self.lineEnd) {
            position += 2
            return MultipartPart(headers: [])
        }
        guard let end = find(Self.lineEnd + Self.lineEnd), end - position <= Self.maximumHeaders else {
            guard rest.count <= Self.maximumHeaders else { throw .headersTooLong }
            return nil
        }
        position = end + 4
        return MultipartPart(headers: rest[..<end])
    }

    /// Where a pattern that begins with a carriage return begins, from the position on.
    private func find(_ pattern: [UInt8]) -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            var start = position
            while bytes.count - start >= pattern.count {
                let rest = bytes.count - start - pattern.count + 1
                guard let found = memchr(base + start, 0x0D, rest) else { return nil }
                start = UnsafeRawPointer(found) - base
                if memcmp(base + start, pattern, pattern.count) == 0 { return start }
                start += 1
            }
            return nil
        }
    }
}

/// What is wrong with a multipart body.
enum MultipartError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A line begins with the boundary and goes on.
    case badDelimiter
    case headersTooLong

    var description: String {
        switch self {
        case .badDelimiter: "a boundary of the form is not at the end of its line"
        case .headersTooLong: "the headers of a part of the form have more than \(MultipartParser.maximumHeaders) bytes"
        }
    }
}
