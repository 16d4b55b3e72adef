import ChannelLayers
import Testing

struct NameTests {
    private static let long = String(repeating: "x", count: 99)

    @Test(
        "Groups take the names that Channels' valid_group_name takes",
        arguments: ["a", "users", "chat.room-1_B", "...", "-", "007", long]
    )
    func validGroup(_ text: String) throws {
        #expect(try GroupName(text).rawValue == text)
    }

    @Test(
        "Groups refuse what Channels refuses, and Unicode",
        arguments: ["", long + "x", "a b", "a!b", "a/b", "a:b", "größe", "٣", "a\n", "\0", "a\u{301}", "🌍"]
    )
    func invalidGroup(_ text: String) {
        #expect(code { () throws(ChannelLayerError) in _ = try GroupName(text) } == .invalidName)
    }

    @Test(
        "Channels take the names that Channels' valid_channel_name takes",
        arguments: ["a", "thumbnails-generate", "specific.0af3!1", "specific.inmemory!AbC-_.9", "a!", long]
    )
    func validChannel(_ text: String) throws {
        #expect(try ChannelName(text).rawValue == text)
    }

    @Test(
        "Channels refuse what Channels refuses, and Unicode",
        arguments: ["", "!", "!a", "a!b!c", "a!!", "a b!c", "a!b c", "a!ä", long + "!", "a!\n"]
    )
    func invalidChannel(_ text: String) {
        #expect(code { () throws(ChannelLayerError) in _ = try ChannelName(text) } == .invalidName)
    }

    @Test(
        "A user's name is in the composed form of Unicode, so that everybody counts the same people",
        arguments: [
            ("e\u{301}", "\u{e9}"), ("Zoe\u{308} 🙂", "Zo\u{eb} 🙂"), ("\u{1100}\u{1161}", "\u{ac00}"),
            ("\u{212b}", "\u{c5}"), ("bob", "bob"),
        ]
    )
    func composedUser(_ text: String, _ composed: String) throws {
        let user = try UserName(text)
        #expect(Array(user.rawValue.utf8) == Array(composed.utf8))
        #expect(try user == UserName(composed) && user.hashValue == UserName(composed).hashValue)
    }

    @Test("A user's name is as long as it is in the composed form")
    func composedLength() throws {
        let e = String(repeating: "e\u{301}", count: 127)
        #expect(try UserName(e).rawValue.utf8.count == 254)
        // Not every character has a composed form: this one becomes two.
        #expect(
            code { () throws(ChannelLayerError) in _ = try UserName(String(repeating: "\u{958}", count: 50)) }
                == .invalidName
        )
    }

    @Test("An error names the text, in quotes and cut short, and the rule")
    func message() {
        let error = #expect(throws: ChannelLayerError.self) {
            _ = try GroupName("two\nlines " + String(repeating: "y", count: 10_000))
        }
        #expect(error?.message.contains(#""two\nlines yyy"#) == true)
        #expect(error?.message.contains("1 to 99 ASCII letters") == true)
        #expect((error?.message.utf8.count ?? .max) < 300)
    }

    @Test("A channel of a process is its name, a mark and a number, and valid")
    func ownChannel() throws {
        let process = ProcessIdentifier.random()
        let name = ChannelName(front: "specific.\(process)", serial: .max)
        #expect(name.rawValue == "specific.\(process)!18446744073709551615")
        #expect(try ChannelName(name.rawValue) == name)
    }

    @Test("A process identifier is 32 hexadecimal digits, another one each time")
    func processIdentifier() {
        let identifiers = (0..<200).map { _ in ProcessIdentifier.random() }
        #expect(Set(identifiers).count == 200)
        for identifier in identifiers {
            #expect(identifier.utf8.count == 32)
            #expect(identifier.allSatisfy { "0123456789abcdef".contains($0) })
        }
    }

    private func code(_ make: () throws(ChannelLayerError) -> Void) -> ChannelLayerError.Code? {
        do {
            try make()
            return nil
        } catch {
            return error.code
        }
    }
}
