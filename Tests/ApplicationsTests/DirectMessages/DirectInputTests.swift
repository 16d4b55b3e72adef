import ChannelLayers
import Testing

@testable import Applications

/// What clients of the direct messages may send, and what not.
struct DirectInputTests {
    private static let longest = String(repeating: "x", count: 8192)
    private static let hundred = Array(repeating: #""1-0""#, count: 100).joined(separator: ",")

    private static func bob() throws -> UserName { try UserName("bob") }

    @Test("A message says to whom, what, and perhaps what it is called and whether receipts are wanted")
    func messages() throws {
        let bob = try Self.bob()
        let table: [(String, DirectInput)] = [
            (
                #"{"sender": "eve", "receiver": "bob", "message": "hi"}"#,
                .message(receiver: bob, text: "hi", client: nil, wantsReceipts: false)
            ),
            (
                #"{"type": "message", "receiver": "bob", "message": " ", "client": "c 1", "receipt": true, "x": 1}"#,
                .message(receiver: bob, text: " ", client: "c 1", wantsReceipts: true)
            ),
            (
                #"{"receiver": "bob", "message": "\#(Self.longest)", "receipt": false}"#,
                .message(receiver: bob, text: Self.longest, client: nil, wantsReceipts: false)
            ),
            (
                #"{"type": null, "receiver": "bob", "message": "hi", "client": null, "receipt": null}"#,
                .message(receiver: bob, text: "hi", client: nil, wantsReceipts: false)
            ),
            (
                #"{"receiver": "bob", "message": "{\"url\": \"/media/1\"}"}"#,
                .message(receiver: bob, text: #"{"url": "/media/1"}"#, client: nil, wantsReceipts: false)
            ),
        ]
        for (frame, expected) in table {
            let input = try DirectInput(frame)
            #expect(input == expected)
        }
    }

    @Test("What was received is acknowledged, delivered or read")
    func acknowledgements() throws {
        let first = MessageID(milliseconds: 1, sequence: 0)
        let second = MessageID(milliseconds: 1, sequence: 1)
        let table: [(String, DirectInput)] = [
            (#"{"type": "ack", "ids": ["1-0", "1-1"]}"#, .acknowledged([first, second])),
            (#"{"type": "ack", "ids": [\#(Self.hundred)]}"#, .acknowledged([first])),
            (#"{"type": "ack", "ids": ["1-1", "1-0", "1-1"], "missing": null}"#, .acknowledged([second, first])),
            (#"{"type": "ack", "missing": 3}"#, .acknowledgedMissing(3)),
            (#"{"type": "delivered", "ids": ["1-0"]}"#, .delivered([first])),
            (#"{"type": "read", "sender": "bob", "id": "1-1"}"#, .read(sender: try Self.bob(), upTo: second)),
        ]
        for (frame, expected) in table {
            let input = try DirectInput(frame)
            #expect(input == expected)
        }
    }

    @Test(
        "Whatever breaks the rules is refused with a text that says which",
        arguments: [
            ("", "JSON object"), ("hello", "JSON object"), ("[]", "JSON object"), ("{", "JSON object"),
            (#""text""#, "JSON object"), (String(repeating: "[", count: 5000), "JSON object"), ("{}", "receiver"),
            (#"{"type": 1}"#, "type"), (#"{"type": "shout"}"#, "type"), (#"{"type": null}"#, "receiver"),
            (#"{"message": "hi"}"#, "receiver"), (#"{"receiver": 7, "message": "hi"}"#, "receiver"),
            (#"{"receiver": "", "message": "hi"}"#, "receiver"), (#"{"receiver": "a b", "message": "hi"}"#, "receiver"),
            (#"{"receiver": "..", "message": "hi"}"#, "receiver"), (#"{"receiver": "é", "message": "hi"}"#, "receiver"),
            (#"{"receiver": "a\u0000", "message": "hi"}"#, "receiver"),
            (#"{"receiver": "bob\r\nx", "message": "hi"}"#, "receiver"),
            (#"{"receiver": "\#(String(repeating: "x", count: 91))", "message": "hi"}"#, "receiver"),
            (#"{"receiver": "bob"}"#, "message"), (#"{"receiver": "bob", "message": ""}"#, "message"),
            (#"{"receiver": "bob", "message": {"a": 1}}"#, "message"),
            (#"{"receiver": "bob", "message": "\#(longest)x"}"#, "8192"),
            (#"{"receiver": "bob", "message": "\#(String(repeating: "x", count: 70_000))"}"#, "65536"),
            (#"{"receiver": "bob", "message": "hi", "client": ""}"#, "client"),
            (#"{"receiver": "bob", "message": "hi", "client": 1}"#, "client"),
            (#"{"receiver": "bob", "message": "hi", "client": "é"}"#, "client"),
            (#"{"receiver": "bob", "message": "hi", "client": "a\n"}"#, "client"),
            (#"{"receiver": "bob", "message": "hi", "client": "\#(String(repeating: "x", count: 65))"}"#, "client"),
            (#"{"receiver": "bob", "message": "hi", "receipt": 1}"#, "receipt"),
            (#"{"type": "ack"}"#, "ids"), (#"{"type": "ack", "ids": []}"#, "ids"),
            (#"{"type": "ack", "ids": "1-0"}"#, "ids"), (#"{"type": "ack", "ids": ["1-0", "x"]}"#, "ids"),
            (#"{"type": "ack", "ids": ["-1-0"]}"#, "ids"), (#"{"type": "ack", "ids": [\#(hundred), "1-0"]}"#, "ids"),
            (#"{"type": "delivered", "ids": [1]}"#, "ids"), (#"{"type": "ack", "missing": 0}"#, "missing"),
            (#"{"type": "ack", "missing": "3"}"#, "missing"), (#"{"type": "ack", "missing": 1e99}"#, "missing"),
            (#"{"type": "read", "id": "1-0"}"#, "sender"), (#"{"type": "read", "sender": "bob"}"#, "id"),
            (#"{"type": "read", "sender": "a b", "id": "1-0"}"#, "sender"),
        ]
    )
    func refused(_ frame: String, naming word: String) {
        let error = #expect(throws: DirectInputError.self) { try DirectInput(frame) }
        #expect(error?.text.contains(word) == true, "\(frame): \(error?.text ?? "taken")")
        #expect((error?.text.utf8.count ?? 0) < 200)
    }

    @Test("The refusal says what the client calls its message")
    func clientOfRefused() throws {
        let error = #expect(throws: DirectInputError.self) {
            try DirectInput(#"{"receiver": "a b", "message": "hi", "client": "c1"}"#)
        }
        #expect(error?.client == "c1")
    }
}
