/// Whether a browser shows a file or saves it, and as what (RFC 6266).
enum ContentDisposition {
    /// Shown is what cannot run: an SVG can.
    static func field(type: String, name: String) -> String {
        let isShown =
            type == "text/plain"
            || ["image/", "audio/", "video/"].contains { type.hasPrefix($0) } && type != "image/svg+xml"
        return "\(isShown ? "inline" : "attachment"); filename=\"\(fallback(name))\"; filename*=UTF-8''\(encoded(name))"
    }

    /// For clients that know ASCII alone.
    private static func fallback(_ name: String) -> String {
        String(name.map { isPlain($0) ? $0 : "_" })
    }

    private static func isPlain(_ character: Character) -> Bool {
        !"\"\\%".contains(character) && character.unicodeScalars.allSatisfy { (0x20..<0x7F).contains($0.value) }
    }

    private static func encoded(_ name: String) -> String {
        name.utf8.reduce(into: "") { text, byte in
            if plain.contains(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }

    /// `attr-char` of RFC 8187.
    private static let plain = Set(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$&+-.^_`|~".utf8
    )
}
