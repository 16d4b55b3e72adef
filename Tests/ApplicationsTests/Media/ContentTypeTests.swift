import Testing

@testable import Applications

struct ContentTypeTests {
    /// Each character is one byte.
    private func sniffed(_ latin1: String, isWhole: Bool = true) -> String {
        let bytes = latin1.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        return ContentType.sniffed(bytes[...], isWhole: isWhole)
    }

    @Test(
        "A file's first bytes show its type",
        arguments: [
            ("\u{89}PNG\r\n\u{1A}\n\0\0\0\rIHDR", "image/png"),
            ("\u{FF}\u{D8}\u{FF}\u{E0}\0\u{10}JFIF\0", "image/jpeg"),
            ("GIF89a\u{1}\0\u{1}\0", "image/gif"),
            ("RIFF\u{24}\0\0\0WEBPVP8 ", "image/webp"),
            ("\0\0\0\u{20}ftypavif\0\0\0\0avifmif1miaf", "image/avif"),
            ("\0\0\0\u{1C}ftypmif1\0\0\0\0mif1avifmiaf", "image/avif"),
            ("\0\0\0\u{18}ftypheic\0\0\0\0mif1heic", "image/heic"),
            ("BM\u{36}\0\0\0\0\0\0\0\u{36}\0\0\0", "image/bmp"),
            ("ID3\u{4}\0\0\0\0\0\0", "audio/mpeg"),
            ("\u{FF}\u{FB}\u{90}\u{64}\0\0", "audio/mpeg"),
            ("\u{FF}\u{F1}\u{50}\u{80}\0\0", "audio/aac"),
            ("OggS\0\u{2}\0\0\0\0\0\0\0\0abcd\0\0\0\0efgh\u{1}\u{13}OpusHead", "audio/ogg"),
            ("OggS\0\u{2}\0\0\0\0\0\0\0\0abcd\0\0\0\0efgh\u{1}\u{2A}\u{80}theora", "video/ogg"),
            ("RIFF\u{24}\0\0\0WAVEfmt ", "audio/wav"),
            ("fLaC\0\0\0\u{22}", "audio/flac"),
            ("\0\0\0\u{1C}ftypM4A \0\0\0\0M4A mp42isom", "audio/mp4"),
            ("\0\0\0\u{20}ftypisom\0\0\u{2}\0isomiso2avc1mp41", "video/mp4"),
            ("\0\0\0\u{14}ftypqt  \0\0\0\0qt  ", "video/quicktime"),
            ("\u{1A}\u{45}\u{DF}\u{A3}\u{9F}\u{42}\u{86}\u{81}\u{1}\u{42}\u{82}\u{84}webm", "video/webm"),
            ("\u{1A}\u{45}\u{DF}\u{A3}\u{9F}\u{42}\u{82}\u{88}matroska", "video/x-matroska"),
            ("%PDF-1.7\n%\u{E2}\u{E3}", "application/pdf"),
            ("<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "image/svg+xml"),
            ("<?xml version=\"1.0\"?>\n<!-- a --><SVG>", "image/svg+xml"),
            ("  \n<!DOCTYPE html><html>", "text/html"),
            ("<script>alert(1)</script>", "text/html"),
            ("<?xml version=\"1.0\"?><feed/>", "application/xml"),
            ("hello\r\n\tworld", "text/plain"),
            ("<3 you", "text/plain"),
            ("BMW is a car maker", "text/plain"),
            ("\u{C3}\u{A4}", "text/plain"),
            ("MZ\u{90}\0\u{3}\0\0\0", "application/octet-stream"),
            ("\u{7F}ELF\u{2}\u{1}", "application/octet-stream"),
            ("PK\u{3}\u{4}", "application/octet-stream"),
            ("\u{E4}\u{F6}\u{FC} in Latin-1", "application/octet-stream"),
        ]
    )
    func types(_ latin1: String, _ type: String) {
        #expect(sniffed(latin1) == type)
    }

    @Test("A character that is cut off at the end of what is looked at spoils no text; one at the file's end does")
    func cutCharacter() {
        for cut in ["abc\u{E2}\u{82}", "abc\u{F0}\u{9F}\u{98}"] {
            #expect(sniffed(cut, isWhole: false) == "text/plain")
            #expect(sniffed(cut, isWhole: true) == "application/octet-stream")
        }
    }

    @Test("Beginnings of everything, of any length, have some type")
    func beginnings() {
        for text in ["RIFF\0\0\0\0WAVE", "\0\0\0\u{20}ftypisom\0\0\u{2}\0isom", "\u{FF}\u{FB}\u{90}\u{64}", "OggS\0"] {
            for length in 0...text.unicodeScalars.count {
                #expect(sniffed(String(String.UnicodeScalarView(text.unicodeScalars.prefix(length)))).contains("/"))
            }
        }
    }

    @Test("The rules take types by their globs")
    func rules() {
        let rules = MediaRules()
        for type in ["image/png", "audio/mpeg", "video/mp4", "application/pdf", "text/plain"] {
            #expect(rules.allows(type))
        }
        for type in ["text/html", "application/xml", "application/octet-stream"] { #expect(!rules.allows(type)) }
        #expect(MediaRules(types: ["*"]).allows("application/octet-stream"))
    }
}
