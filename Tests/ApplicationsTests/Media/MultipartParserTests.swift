import MusterTesting
import Testing

@testable import Applications

struct MultipartParserTests {
    /// What a form has: the parts, each with its bytes, and whether the end was seen.
    private struct Form: Equatable {
        var names: [String?] = []
        var filenames: [String?] = []
        var contents: [[UInt8]] = []
        var ended: [Bool] = []
        var isWhole = false
    }

    private func read(_ bytes: [UInt8], boundary: String = "XX", pieces: [Int] = []) throws -> Form {
        var (parser, form, rest, sizes) = (MultipartParser(boundary: boundary), Form(), bytes[...], pieces[...])
        while !rest.isEmpty {
            let piece = rest.prefix(sizes.popFirst() ?? rest.count)
            rest = rest.dropFirst(piece.count)
            parser.append(piece)
            while let event = try parser.next() {
                switch event {
                case .part(let part):
                    form.names.append(part.name)
                    form.filenames.append(part.filename)
                    form.contents.append([])
                    form.ended.append(false)
                case .bytes(let bytes):
                    #expect(!bytes.isEmpty)
                    form.contents[form.contents.count - 1] += bytes
                case .partEnd: form.ended[form.ended.count - 1] = true
                case .end: form.isWhole = true
                }
            }
        }
        return form
    }

    private func read(_ text: String, boundary: String = "XX") throws -> Form {
        try read(Array(text.utf8), boundary: boundary)
    }

    @Test("A form as browsers send it: fields, a file, an end")
    func form() throws {
        let form = try read(
            "--XX\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhi\r\n--XX\r\n"
                + "Content-Disposition: form-data; name=\"file\"; filename=\"a b.txt\"\r\nContent-Type: text/plain\r\n\r\n"
                + "one\r\ntwo--XX\r\n-\r\n--X\r\n--XX--\r\n"
        )
        #expect(form.names == ["note", "file"] && form.filenames == [nil, "a b.txt"])
        #expect(form.contents == [Array("hi".utf8), Array("one\r\ntwo--XX\r\n-\r\n--X".utf8)])
        #expect(form.ended == [true, true] && form.isWhole)
    }

    @Test("What stands before the first delimiter and behind the last one means nothing")
    func preambleAndEpilogue() throws {
        let form = try read("hello\r\n--XX \t\r\n\r\ndata\r\n--XX--and more\r\n--XX\r\n\r\nnot a part\r\n--XX--")
        #expect(form.contents == [Array("data".utf8)] && form.names == [nil] && form.isWhole)
    }

    @Test("An empty file is a part without bytes")
    func emptyFile() throws {
        let form = try read("--XX\r\nContent-Disposition: form-data; name=file\r\n\r\n\r\n--XX--\r\n")
        #expect(form.contents == [[]] && form.names == ["file"] && form.ended == [true])
    }

    @Test("A form that is cut off anywhere has no end, and what was read of it is its beginning")
    func cutOff() throws {
        let whole = Array("--XX\r\nContent-Disposition: form-data; name=file\r\n\r\nsome data\r\n--XX--".utf8)
        for length in 0..<whole.count {
            let form = try read(Array(whole[..<length]))
            #expect(!form.isWhole)
            #expect(Array("some data".utf8).starts(with: form.contents.first ?? []))
        }
        #expect(try read(whole).isWhole)
    }

    @Test("What is wrong is refused", arguments: ["--XXY\r\n\r\n", "--XX-\r\n", "a\r\n--XX \t x\r\n"])
    func wrong(_ text: String) {
        #expect(throws: MultipartError.badDelimiter) { try read(text) }
    }

    @Test("Headers and white space without an end are refused, and not kept")
    func bounds() throws {
        var parser = MultipartParser(boundary: "XX")
        parser.append(Array("--XX\r\nA: ".utf8))
        #expect(throws: MultipartError.headersTooLong) {
            for _ in 0..<100 {
                parser.append([UInt8](repeating: 0x61, count: 100))
                while try parser.next() != nil {}
            }
        }
        #expect(throws: MultipartError.badDelimiter) { try read("--XX" + String(repeating: " ", count: 100)) }
    }

    @Test("Random forms in random pieces are read as they were written")
    func randomForms() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let boundary = String(repeating: "-", count: Int.random(in: 0...3, using: &generator)) + "b"
            // Full of what delimiters are made of.
            let alphabet = Array("\r\n--b-X\0\r\n".utf8)
            var (bytes, contents) = ([UInt8](), [[UInt8]]())
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let marker = Array("\r\n--\(boundary)".utf8)
                var content: [UInt8] = []
                repeat {
                    content = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                        alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                    }
                } while contains(marker, in: Array("\r\n".utf8) + content + marker.dropLast())
                contents.append(content)
                bytes += Array("--\(boundary)\r\nContent-Disposition: form-data; name=x\r\n\r\n".utf8) + content
                bytes += Array("\r\n".utf8)
            }
            bytes += Array("--\(boundary)--\r\n".utf8)
            let pieces = (0..<bytes.count).map { _ in Int.random(in: 1...9, using: &generator) }
            let form = try read(bytes, boundary: boundary, pieces: pieces)
            #expect(form.contents == contents && form.isWhole, "seed \(seed)")
            #expect(try read(bytes, boundary: boundary) == form)
        }
    }

    private func contains(_ pattern: [UInt8], in bytes: [UInt8]) -> Bool {
        guard bytes.count >= pattern.count else { return false }
        return (0...(bytes.count - pattern.count)).contains { bytes[$0...].starts(with: pattern) }
    }

    @Test("Random bytes crash nothing, and no more is kept of them than of what could be headers")
    func randomBytes() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let words = [
            "--XX", "\r\n", "--XX--", "\r\n\r\n", "\r\n--XX\r\n", "Content-Disposition: form-data; name=\"", "\"", ";",
            String(repeating: "a", count: 3000), String(repeating: "\r", count: 3000),
            String(repeating: " ", count: 3000),
        ]
        for _ in 0..<300 {
            var parser = MultipartParser(boundary: "XX")
            do {
                for _ in 0..<40 {
                    parser.append(Array((words.randomElement(using: &generator) ?? "").utf8))
                    while try parser.next() != nil {}
                    #expect(parser.held <= MultipartParser.maximumHeaders, "seed \(seed)")
                }
            } catch {
                #expect(error == .badDelimiter || error == .headersTooLong)
            }
        }
    }
}
