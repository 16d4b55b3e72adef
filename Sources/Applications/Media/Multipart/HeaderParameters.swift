/// The value of a header field and its parameters: `form-data; name="file"; filename="a.png"`.
struct HeaderParameters: Sendable, Equatable {
    /// In lower case.
    let value: String
    private var parameters: [String: String] = [:]

    /// Reads a field; what is not a parameter is passed over.
    init(_ field: String) {
        var rest = field.unicodeScalars[...]
        let value = Self.take(from: &rest, until: ";")
        self.value = Self.trimmed(value).lowercased()
        while rest.popFirst() != nil {
            let name = Self.trimmed(Self.take(from: &rest, until: "=", ";")).lowercased()
            guard rest.first == "=" else { continue }
            rest.removeFirst()
            let text = Self.takeValue(from: &rest)
            // Of equal names the first one counts, as in browsers.
            if !name.isEmpty, parameters[name] == nil { parameters[name] = text }
        }
    }

    /// A parameter by its name in lower case.
    subscript(name: String) -> String? { parameters[name] }

    /// A text that may be given as `name*=UTF-8''a%20b` too (RFC 5987), which then counts; browsers and RFC 7578 write
    /// `name="a b"` in UTF-8.
    func text(_ name: String) -> String? {
        if let extended = parameters[name + "*"], let text = Self.decoded(extended) { return text }
        // Browsers escape just these, since a header field cannot hold them.
        return parameters[name]?.replacing(/%(22|0D|0A)/.ignoresCase()) { match in
            match.1 == "22" ? "\"" : match.1.uppercased() == "0D" ? "\r" : "\n"
        }
    }

    private static func take(
        from rest: inout Substring.UnicodeScalarView,
        until ends: Unicode.Scalar...
    ) -> Substring.UnicodeScalarView {
        let taken = rest.prefix { !ends.contains($0) }
        rest = rest[taken.endIndex...]
        return taken
    }

    private static func trimmed(_ scalars: Substring.UnicodeScalarView) -> String {
        let isSpace = { (scalar: Unicode.Scalar) in scalar == " " || scalar == "\t" }
        var rest = scalars.drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return String(rest)
    }

    /// A token, or what stands in quotation marks.
    private static func takeValue(from rest: inout Substring.UnicodeScalarView) -> String {
        rest = rest.drop { $0 == " " || $0 == "\t" }
        guard rest.first == "\"" else { return trimmed(take(from: &rest, until: ";")) }
        rest.removeFirst()
        var text = String.UnicodeScalarView()
        while let scalar = rest.popFirst(), scalar != "\"" {
            // Only these two need a backslash; other ones are in paths that browsers did not quote.
            if scalar == "\\", let next = rest.first, next == "\"" || next == "\\" {
                rest.removeFirst()
                text.append(next)
            } else {
                text.append(scalar)
            }
        }
        _ = take(from: &rest, until: ";")
        return String(text)
    }

    /// `UTF-8'language'percent-encoded`; `nil` for other character sets and for what is not UTF-8.
    private static func decoded(_ extended: String) -> String? {
        let parts = extended.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].lowercased() == "utf-8" else { return nil }
        var (bytes, rest) = ([UInt8](), parts[2].utf8[...])
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2
                else { return nil }
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
