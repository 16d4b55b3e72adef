import Messages
import RedisBackends
import Testing

@Suite struct WireErrorTests {
    @Test("each error says what to do")
    func texts() {
        let texts: [(WireError, String)] = [
            (.noKeyOpens(keys: 3), "none of the 3 encryption keys opens it: compare symmetric_encryption_keys"),
            (.notEncrypted, "set the same symmetric_encryption_keys"),
            (.encrypted, "no encryption key is set here"),
            (.tooOld(seconds: 80, limit: .seconds(70)), "80 s ago, and more than 70 s is too old: compare the clocks"),
            (.fromTheFuture(seconds: 61), "61 s from now: set the clock"),
            (.tooLarge(bytes: 20, limit: 10), "20 bytes, more than the 10 allowed"),
            (.noRandomPrefix(bytes: 3), "3 byte(s), fewer than the 12 random ones"),
            (.unreadableAddress, "__asgi_channel__ is neither text nor a list"),
            (.malformed(.missingType), "the message has no \"type\""),
        ]
        for (error, text) in texts {
            #expect("\(error)".contains(text), "\(error)")
        }
    }

    @Test("no error's text quotes the message")
    func quotesNothing() throws {
        // One key in two normal forms: the serializer's own error quotes it.
        let text = "{\"type\": \"t\", \"caf\u{E9}\": 1, \"cafe\u{301}\": 2}"
        let error = #expect(throws: WireError.self) { () throws in
            _ = try WireFormat(serializer: .json).decode(Array(text.utf8))
        }
        let description = try #require(error?.description)
        #expect(description.contains("twice"))
        #expect(!description.contains("caf"))
    }
}
