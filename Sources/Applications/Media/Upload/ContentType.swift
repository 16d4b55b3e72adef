/// The type of a file, as its first bytes show it; what the client says of it does not count.
enum ContentType {
    /// How many of the first bytes are looked at.
    static let examined = 4096
    /// What is none of the types that are known.
    static let unknown = "application/octet-stream"

    /// Looks at the first bytes.
    ///
    /// - Parameters:
    ///   - bytes: At most the first `examined`.
    ///   - isWhole: Whether the file ends after them.
    /// - Returns: The type, without parameters.
    static func sniffed(_ bytes: ArraySlice<UInt8>, isWhole: Bool) -> String {
        for (signature, type) in signatures where bytes.starts(with: signature.bytes) { return type }
        return riff(bytes) ?? isoMedia(bytes) ?? matroska(bytes) ?? ogg(bytes) ?? audioFrames(bytes) ?? bitmap(bytes)
            ?? TextType.sniffed(bytes, isWhole: isWhole) ?? unknown
    }

    /// In Latin-1: each character is one byte.
    private static let signatures: [(Signature, String)] = [
        ("\u{89}PNG\r\n\u{1A}\n", "image/png"),
        ("\u{FF}\u{D8}\u{FF}", "image/jpeg"),
        ("GIF87a", "image/gif"),
        ("GIF89a", "image/gif"),
        ("II*\0", "image/tiff"),
        ("MM\0*", "image/tiff"),
        ("\0\0\u{1}\0", "image/x-icon"),
        ("ID3", "audio/mpeg"),
        ("fLaC", "audio/flac"),
        ("%PDF-", "application/pdf"),
    ]

    private static func riff(_ bytes: ArraySlice<UInt8>) -> String? {
        guard bytes.starts(with: "RIFF".utf8) else { return nil }
        return switch text(bytes, at: 8) {
        case "WEBP": "image/webp"
        case "WAVE": "audio/wav"
        case "AVI ": "video/x-msvideo"
        default: nil
        }
    }

    /// ISO base media: the box `ftyp` names the brand, and those that it is compatible with.
    private static func isoMedia(_ bytes: ArraySlice<UInt8>) -> String? {
        guard text(bytes, at: 4) == "ftyp", let brand = text(bytes, at: 8) else { return nil }
        let length = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let brands =
            [brand] + stride(from: 16, to: min(length, bytes.count) - 3, by: 4).compactMap { text(bytes, at: $0) }
        if brands.contains("avif") || brands.contains("avis") { return "image/avif" }
        switch brand {
        case "heic", "heix", "hevc", "mif1", "msf1": return "image/heic"
        case "M4A ", "M4B ", "M4P ": return "audio/mp4"
        case "qt  ": return "video/quicktime"
        case _ where brand.hasPrefix("3g"): return "video/3gpp"
        default: return "video/mp4"
        }
    }

    /// EBML names what it holds within its first bytes.
    private static func matroska(_ bytes: ArraySlice<UInt8>) -> String? {
        guard bytes.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) else { return nil }
        let head = String(decoding: bytes.prefix(64), as: UTF8.self)
        if head.contains("webm") { return "video/webm" }
        return head.contains("matroska") ? "video/x-matroska" : nil
    }

    /// The first page of Ogg has the head of its first stream.
    private static func ogg(_ bytes: ArraySlice<UInt8>) -> String? {
        guard bytes.starts(with: "OggS".utf8) else { return nil }
        let stream = bytes.dropFirst(28)
        let isVideo = stream.starts(with: "\u{80}theora".latin1) || stream.starts(with: "fishead".utf8)
        return isVideo ? "video/ogg" : "audio/ogg"
    }

    /// MP3 and AAC without a container: a frame begins with eleven or twelve set bits.
    private static func audioFrames(_ bytes: ArraySlice<UInt8>) -> String? {
        let head = Array(bytes.prefix(4))
        guard head.count == 4, head[0] == 0xFF else { return nil }
        if head[1] & 0xF6 == 0xF0 { return "audio/aac" }
        let isLayer3 = head[1] & 0xE6 == 0xE2 && head[1] & 0x18 != 0x08
        // The highest values of bit rate and sample rate mean nothing, so that no frame has them.
        return isLayer3 && head[2] & 0xF0 != 0xF0 && head[2] & 0x0C != 0x0C ? "audio/mpeg" : nil
    }

    /// Two letters alone could be the beginning of a text; four bytes of every bitmap's head are 0.
    private static func bitmap(_ bytes: ArraySlice<UInt8>) -> String? {
        let reserved = bytes.dropFirst(6).prefix(4)
        return bytes.starts(with: "BM".utf8) && Array(reserved) == [0, 0, 0, 0] ? "image/bmp" : nil
    }

    /// Four ASCII characters.
    private static func text(_ bytes: ArraySlice<UInt8>, at offset: Int) -> String? {
        let found = bytes.dropFirst(offset).prefix(4)
        return found.count == 4 && found.allSatisfy { $0 < 0x80 } ? String(decoding: found, as: UTF8.self) : nil
    }
}

/// What a file begins with.
private struct Signature: ExpressibleByStringLiteral {
    let bytes: [UInt8]

    init(stringLiteral text: String) {
        bytes = text.latin1
    }
}

extension String {
    /// A byte for each character.
    fileprivate var latin1: [UInt8] { unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }
}
