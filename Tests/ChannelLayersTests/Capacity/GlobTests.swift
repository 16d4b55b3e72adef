import Testing

@testable import ChannelLayers

struct GlobTests {
    @Test("Globs cover what they cover in Python")
    func vectors() throws {
        let vectors = try GlobVectors.load()
        #expect(vectors.globs.count > 1000 && vectors.globs.contains { $0.matches.count > 1 })
        for vector in vectors.globs {
            let glob = Glob(vector.glob)
            let wrong = vectors.names.indices.filter { index in
                glob.matches(vectors.names[index]) != vector.matches.contains(index)
            }
            #expect(wrong.isEmpty, "\(vector.glob) differs for \(wrong.map { vectors.names[$0] })")
        }
    }

    @Test("Characters are code points, as in Python")
    func codePoints() {
        #expect(Glob("?").matches("é"))
        #expect(!Glob("?").matches("e\u{301}"))
        #expect(Glob("??").matches("e\u{301}"))
        #expect(!Glob("é").matches("e\u{301}"))
        #expect(Glob("[a-é]").matches("é") && Glob("[a-é]").matches("z") && !Glob("[a-é]").matches("ê"))
        #expect(Glob("[!é]").matches("a") && !Glob("[!é]").matches("é"))
        #expect(Glob("a\u{0}b").matches("a\u{0}b") && !Glob("a\u{0}b").matches("a"))
    }

    @Test("Many stars take no more than many steps", .timeLimit(.minutes(1)))
    func manyStars() {
        let glob = Glob(String(repeating: "*a", count: 49))
        #expect(glob.matches(String(repeating: "a", count: 99)))
        #expect(!glob.matches(String(repeating: "a", count: 98) + "b"))
    }

    @Test("An empty range before an exclamation mark is no negation, which it is in Python")
    func emptyRangeBeforeMark() {
        #expect(Glob("[c-a!x]").matches("x") && Glob("[c-a!x]").matches("!") && !Glob("[c-a!x]").matches("y"))
    }
}
