import Consumers
import Testing

@Suite("A scope's parameters")
struct ScopeParameterTests {
    @Test(
        "the first value of a name, decoded",
        arguments: [
            ("last=1-0", "1-0"), ("a=b&last=1-0", "1-0"), ("last=1&last=2", "1"), ("last", ""), ("last=", ""),
            ("last&last=2", ""), ("&&last=1", "1"), ("last=a=b", "a=b"), ("last=a+b", "a b"), ("last=a%2Bb", "a+b"),
            ("last=%E5%AE%89", "安"), ("l%61st=x", "x"), ("last=安", "安"), ("last=a?b/c", "a?b/c"),
            ("%FF=0&last=1", "1"), ("a=%zz&last=1", "1"),
        ]
    )
    func found(query: String, value: String) {
        #expect(Scope(path: "/", query: query).parameter("last") == value)
    }

    @Test(
        "there is none, or it is not UTF-8 or not well escaped",
        arguments: [
            "", "&", "=", "=last", "Last=1", "lastly=1", "x=last", "last=%FF", "last=%C3%28", "last=%", "last=%4",
            "last=%zz", "last=%FF&last=1",
        ]
    )
    func missing(query: String) {
        #expect(Scope(path: "/", query: query).parameter("last") == nil)
    }

    @Test(
        "one that is bad is told from one that is absent",
        arguments: [
            ("last=1", true), ("last", true), ("last=%FF", true), ("x=1&last=%zz", true), ("", false),
            ("x=last", false), ("Last=1", false), ("%FF=last", false),
        ]
    )
    func present(query: String, isThere: Bool) {
        #expect(Scope(path: "/", query: query).hasParameter("last") == isThere)
    }

    @Test("a name with a space may be written with a plus")
    func plusInName() {
        #expect(Scope(path: "/", query: "a+b=1").parameter("a b") == "1")
        #expect(Scope(path: "/", query: "a%20b=2").parameter("a b") == "2")
    }
}
