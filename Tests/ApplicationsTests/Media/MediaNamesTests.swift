import Testing

@testable import Applications

struct MediaNamesTests {
    @Test(
        "Names are made safe to show and to save under",
        arguments: [
            ("a.png", "a.png"), ("../../etc/passwd", "passwd"), (#"C:\Users\ann\a b.png"#, "a b.png"),
            ("..", "file"), ("", "file"), ("/", "file"), (".bashrc", "bashrc"), ("a/", "a"),
            ("a\u{0}b\r\nc\u{1B}[31m.png", "abc[31m.png"), ("\u{202E}gnp.exe", "gnp.exe"),
            ("a\u{2066}\u{200F}\u{2028}b", "ab"), ("e\u{301}.txt", "\u{E9}.txt"), ("  a  ", "a"),
            ("\u{1F600}.gif", "\u{1F600}.gif"),
        ]
    )
    func sanitized(_ name: String, _ expected: String) {
        #expect(Array(MediaName.sanitized(name).unicodeScalars) == Array(expected.unicodeScalars))
        #expect(MediaName.sanitized(expected) == expected)
    }

    @Test("Long names are cut between characters, and keep their ending")
    func long() {
        let name = MediaName.sanitized(String(repeating: "\u{1F469}\u{1F3FD}", count: 50) + ".jpeg")
        #expect(name.hasSuffix(".jpeg") && name.utf8.count <= 120 && name.utf8.count > 110)
        #expect(name.dropLast(5).allSatisfy { $0 == "\u{1F469}\u{1F3FD}" })
        #expect(MediaName.sanitized("a." + String(repeating: "b", count: 300)).utf8.count == 120)
        // One character that is longer than a name.
        #expect(MediaName.sanitized("a" + String(repeating: "\u{301}", count: 300)) == "file")
        #expect(MediaName.sanitized("a" + String(repeating: "\u{301}", count: 300) + ".png") == "file.png")
    }

    @Test("Browsers save a file under its name, and show what cannot run")
    func disposition() {
        #expect(
            ContentDisposition.field(type: "image/png", name: "a \"ä\".png")
                == #"inline; filename="a ___.png"; filename*=UTF-8''a%20%22%C3%A4%22.png"#
        )
        #expect(
            ContentDisposition.field(type: "image/png", name: "a\r\nb\u{0}\u{1F}\u{7F}")
                == #"inline; filename="a_b___"; filename*=UTF-8''a%0D%0Ab%00%1F%7F"#
        )
        for type in ["audio/ogg", "video/mp4", "text/plain"] {
            #expect(ContentDisposition.field(type: type, name: "a").hasPrefix("inline;"))
        }
        for type in ["image/svg+xml", "application/pdf", "text/html", "application/octet-stream"] {
            #expect(ContentDisposition.field(type: type, name: "a").hasPrefix("attachment;"))
        }
    }

    @Test(
        "Ranges are those of RFC 9110",
        arguments: [
            (nil, .whole), ("bytes=0-499", .part(0..<500)), ("bytes=500-999", .part(500..<1000)),
            ("bytes=9999-", .part(9999..<10000)), ("bytes=-500", .part(9500..<10000)), ("Bytes = 0-0", .whole),
            ("bytes= 0-0 ", .part(0..<1)), ("bytes=0-99999", .part(0..<10000)), ("bytes=-99999", .part(0..<10000)),
            ("bytes=10000-", .unsatisfiable), ("bytes=10000-10001", .unsatisfiable), ("bytes=-0", .unsatisfiable),
            ("bytes=0-0,5-6", .whole), ("bytes=5-4", .whole), ("bytes=a-b", .whole), ("bytes=-", .whole),
            ("bytes=", .whole), ("lines=0-1", .whole), ("bytes=1-2-3", .whole), ("bytes=+1-2", .whole),
            ("bytes=99999999999999999999-", .unsatisfiable), ("bytes=0-99999999999999999999", .part(0..<10000)),
        ] as [(String?, ByteRange)]
    )
    func ranges(_ field: String?, _ range: ByteRange) {
        #expect(ByteRange(field, size: 10_000) == range)
    }
}
