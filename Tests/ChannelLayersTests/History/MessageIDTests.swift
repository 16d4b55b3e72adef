import ChannelLayers
import Messages
import Testing

struct MessageIDTests {
    @Test("An id is two decimal numbers with a hyphen, and is written as it was read")
    func text() throws {
        for text in ["0-0", "1732219200000-0", "18446744073709551615-18446744073709551615"] {
            #expect(try #require(MessageID(text)).description == text)
        }
    }

    @Test(
        "Anything else is none",
        arguments: [
            "", "-", "1", "1-", "-1", "1-2-3", "+1-0", "1-+0", "1--1", " 1-0", "1-0\n", "a-0", "0x1-0", "1.0-0",
            "18446744073709551616-0", "1-18446744073709551616", "١-0", "1-0\0", "(1-0", "$", "1-*",
        ]
    )
    func malformed(_ text: String) {
        #expect(MessageID(text) == nil)
    }

    @Test("Ids are in order of time, then of number; not of their text")
    func order() {
        let ids = ["0-0", "0-9", "0-10", "9-0", "10-0", "10-1", "100-0"].compactMap { MessageID($0) }
        #expect(ids.count == 7)
        #expect(ids.reversed().sorted() == ids)
        #expect(ids[0] == .zero)
    }

    @Test("A message's id replaces one that it had, and is its last field; without one the message is as it was")
    func ofMessage() throws {
        let message = Message(type: "t", [Message.idField: "7-7", "text": "x"])
        let id = try #require(MessageID("8-1"))
        #expect(message.id == MessageID("7-7"))
        #expect(Array(message.identified(as: id).fields.keys) == ["type", "text", Message.idField])
        #expect(message.identified(as: id).id == id)
        #expect(message.identified(as: nil) == Message(type: "t", ["text": "x"]))
        #expect(Message(type: "t").identified(as: nil) == Message(type: "t"))
        #expect(Message(type: "t", [Message.idField: 7]).id == nil)
    }
}
