import HTTPTypes
import Testing

@testable import Applications

struct BearerKeysTests {
    private let keys = BearerKeys(["first key", "zweiter-schlüssel", ""])

    @Test("Each key opens, whatever the case of the scheme", arguments: ["first key", "zweiter-schlüssel"])
    func granted(key: String) {
        for scheme in ["Bearer ", "bearer ", "BEARER  "] {
            #expect(keys.verdict(on: [.authorization: scheme + key]) == .granted)
        }
    }

    @Test(
        "Nothing else does",
        arguments: ["", "Bearer", "Bearer ", "Bearer first", "Basic first key", "first key"]
    )
    func refused(field: String) {
        #expect(keys.verdict(on: [.authorization: field]) == .refused)
        #expect(keys.verdict(on: [:]) == .refused)
    }

    @Test("Without keys nobody is let in, an empty key least of all")
    func none() {
        for keys in [BearerKeys([]), BearerKeys([""])] {
            #expect(keys.verdict(on: [.authorization: "Bearer "]) == .noKeys)
            #expect(keys.verdict(on: [:]) == .noKeys)
        }
    }
}
