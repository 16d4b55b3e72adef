/// The type of a file that is text in UTF-8: plain, or markup that a browser would act on.
enum TextType {
    /// `nil` for what is no text.
    static func sniffed(_ bytes: ArraySlice<UInt8>, isWhole: Bool) -> String? {
        guard isText(bytes, isWhole: isWhole) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        let start = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
        guard start.hasPrefix("<") else { return "text/plain" }
        let markup = start.lowercased()
        if markup.hasPrefix("<?xml") || markup.hasPrefix("<!--") || markup.hasPrefix("<!doctype")
            || markup.hasPrefix("<svg")
        {
            if markup.contains("<svg") || markup.hasPrefix("<!doctype svg") { return "image/svg+xml" }
            return markup.hasPrefix("<?xml") && !markup.contains("<html") ? "application/xml" : "text/html"
        }
        return elements.contains { isElement($0, at: markup) } ? "text/html" : "text/plain"
    }

    /// With which a page begins, as browsers that guess have it.
    private static let elements = [
        "html", "head", "script", "iframe", "h1", "div", "font", "table", "a", "style", "title", "b", "body", "br", "p",
        "img", "object", "embed", "meta", "link", "form", "math", "video", "audio",
    ]

    private static func isElement(_ name: String, at markup: String) -> Bool {
        guard markup.dropFirst().hasPrefix(name) else { return false }
        guard let next = markup.dropFirst(1 + name.count).first else { return true }
        return next.isWhitespace || next == ">" || next == "/"
    }

    /// UTF-8 without control characters; the last character may be cut where more follows.
    private static func isText(_ bytes: ArraySlice<UInt8>, isWhole: Bool) -> Bool {
        let allowed: Set<UInt8> = [0x09, 0x0A, 0x0C, 0x0D, 0x1B]
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || allowed.contains($0) }) else { return false }
        for cut in 0...(isWhole ? 0 : min(3, bytes.count))
        where String(validating: bytes.dropLast(cut), as: UTF8.self) != nil {
            return true
        }
        return false
    }
}
