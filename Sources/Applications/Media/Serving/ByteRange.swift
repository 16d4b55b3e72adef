/// What a client wants of a file (RFC 9110 section 14).
enum ByteRange: Sendable, Equatable {
    /// All of it: without a range, with one that is not understood, or with several, which a server may ignore.
    case whole
    case part(Range<Int>)
    /// Nothing that the file has.
    case unsatisfiable

    /// Reads a `Range` field.
    init(_ field: String?, size: Int) {
        self = field.flatMap { Self.read($0, size: size) } ?? .whole
    }

    private static func read(_ field: String, size: Int) -> ByteRange? {
        let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased() == "bytes" else { return nil }
        let set = parts[1].filter { $0 != " " && $0 != "\t" }
        let bounds = set.split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, !set.contains(",") else { return nil }
        guard let first = number(bounds[0]) else {
            // The last so many bytes.
            guard bounds[0].isEmpty, let count = number(bounds[1]) else { return nil }
            return count == 0 || size == 0 ? .unsatisfiable : .part(max(size - count, 0)..<size)
        }
        guard !bounds[1].isEmpty else { return first < size ? .part(first..<size) : .unsatisfiable }
        guard let last = number(bounds[1]), last >= first else { return nil }
        return first < size ? .part(first..<min(last, size - 1) + 1) : .unsatisfiable
    }

    /// Digits alone; what is too large for any file is as good as the largest number.
    private static func number(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text) ?? .max - 1
    }
}
