import Testing

@testable import Applications

struct ChatInputTests {
    @Test(
        "What was sent is told as it is, or is no message at all",
        arguments: [
            ("hi", .text("hi")), ("  hi\n", .text("  hi\n")), ("close it", .text("close it")),
            ("Close", .text("Close")),
            ("disclose", .text("disclose")), ("close", .close), (" close\r\n", .close), ("\u{3000}close", .close),
            ("", .nothing), (" \t\n", .nothing), ("<b>", .text("<b>")),
        ] as [(String, ChatInput)]
    )
    func kinds(text: String, input: ChatInput) {
        #expect(ChatInput(text) == input)
    }

    @Test("The limit is in bytes, and counts before all else")
    func length() {
        let longest = String(repeating: "é", count: ChatInput.maximumLength / 2)
        #expect(ChatInput(longest) == .text(longest))
        #expect(ChatInput(longest + "x") == .tooLong)
        #expect(ChatInput(String(repeating: " ", count: ChatInput.maximumLength + 1)) == .tooLong)
    }
}
