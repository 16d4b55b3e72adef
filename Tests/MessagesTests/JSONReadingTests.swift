import Messages
import Testing

/// What counts as JSON, and what the errors say of the rest.
@Suite struct JSONReadingTests {
    @Test(
        "all of RFC 8259 and Python's three words are read",
        arguments: [
            (" \t\r\n null \n", nil),
            ("true", true),
            ("[false,\t1 , -0 ]", [false, 1, 0]),
            ("{ \"a\" :\n[ ] , \"b\":{ } }", ["a": [], "b": [:]]),
            ("9223372036854775807", 9_223_372_036_854_775_807),
            ("-9223372036854775808", -9_223_372_036_854_775_808),
            ("9223372036854775808", .unsigned(9_223_372_036_854_775_808)),
            ("18446744073709551615", .unsigned(.max)),
            ("1.5E3", 1500.0),
            ("1e2", 100.0),
            ("-0.0", -0.0),
            ("1E+2", 100.0),
            ("5e-1", 0.5),
            ("1e400", .double(.infinity)),
            ("-1e400", .double(-.infinity)),
            ("1e-400", 0.0),
            ("[Infinity, -Infinity]", [.double(.infinity), .double(-.infinity)]),
            (#""\"\\\/\b\f\n\r\t\u0041\u00e9\u65E5""#, "\"\\/\u{8}\u{C}\n\r\tAé日"),
            (#""a\uD83d\uDC4Db""#, "a👍b"),
            (#""\u0000""#, "\0"),
            ("\"é日👍\u{7F}\"", "é日👍\u{7F}"),
            (#"{"a":1,"b":2,"\u0061":3}"#, ["a": 3, "b": 2]),
        ] as [(String, MessageValue)]
    )
    func reads(_ text: String, _ value: MessageValue) throws {
        #expect(try JSON.decode(text) == value)
        #expect(try JSON.decode(Array(text.utf8)) == value)
    }

    @Test("NaN is read, and -NaN is not")
    func notANumber() throws {
        #expect(try JSON.decode("NaN").doubleValue?.isNaN == true)
        #expect(throws: MessageError.self) { try JSON.decode("-NaN") }
    }

    @Test(
        "a byte that cannot stand there is refused where it stands",
        arguments: [
            ("]", 0), ("[1,]", 3), ("[,1]", 1), ("[1 2]", 3), ("{\"a\":1,}", 7), ("{\"a\" 1}", 5), ("{a:1}", 1),
            ("{'a':1}", 1),
            ("{1:2}", 1), ("{\"a\":1]", 6), ("[1}", 2), ("01", 1), ("-01", 2), ("-a", 1), ("1.x", 2), ("1.e5", 2),
            ("1e*", 2),
            (".5", 0), ("+1", 0), ("nulL", 3), ("trux", 3), ("Nan", 2), ("Inf ", 3), ("\u{A0}1", 0), ("\u{FEFF}1", 0),
            ("// c", 0),
            ("\"\\x41\"", 2), ("\"\\u12g4\"", 5), ("\"\\u 123\"", 3), ("\"a\tb\"", 2), ("\"a\nb\"", 2), ("\"a\0b\"", 2),
            ("'a'", 0),
        ]
    )
    func unexpectedByte(_ text: String, offset: Int) {
        let byte = Array(text.utf8)[offset]
        guard case .malformed(.unexpectedByte(byte, _), format: .json, offset: offset)? = fault(in: text) else {
            Issue.record("\(text): \(String(describing: fault(in: text)))")
            return
        }
    }

    @Test(
        "text that stops inside a value ends early",
        arguments: [
            "", "  ", "[", "[1", "[1,", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "\"", "\"a", "\"\\",
            "\"\\u12", "\"\\ud83d",
            "\"\\ud83d\\", "-", "1.", "1e", "1e+", "tru", "-Inf",
        ]
    )
    func endsEarly(_ text: String) {
        #expect(fault(in: text) == .malformed(.endsEarly(missing: 1), format: .json, offset: text.utf8.count))
    }

    @Test(
        "more than one value is refused where the second begins",
        arguments: [("1 2", 2, 1), ("[]x", 2, 1), ("{} []", 3, 2)]
    )
    func trailingBytes(_ text: String, offset: Int, count: Int) {
        #expect(fault(in: text) == .malformed(.trailingBytes(count), format: .json, offset: offset))
    }

    @Test(
        "whole numbers of more than 64 bits are refused",
        arguments: [
            "18446744073709551616", "-9223372036854775809", "20000000000000000000", String(repeating: "9", count: 5000),
        ]
    )
    func integerOutOfRange(_ text: String) {
        #expect(fault(in: text) == .malformed(.integerOutOfRange, format: .json, offset: 0))
        #expect(fault(in: "[0, \(text)]") == .malformed(.integerOutOfRange, format: .json, offset: 4))
    }

    @Test(
        "half of a surrogate pair is refused at its escape",
        arguments: [
            (#""\ud83d""#, 0xD83D), (#""\udc4d""#, 0xDC4D), (#""\ud83d\ud83d""#, 0xD83D), (#""\ud83dx""#, 0xD83D),
            (#""\ud83d\n""#, 0xD83D), (#""\ud83d\u0041""#, 0xD83D),
        ] as [(String, UInt16)]
    )
    func loneSurrogate(_ text: String, unit: UInt16) {
        #expect(fault(in: text) == .malformed(.loneSurrogate(unit), format: .json, offset: 1))
    }

    @Test(
        "text that is not UTF-8 is refused, with and without escapes in it",
        arguments: [
            [0x22, 0x61, 0xFF, 0x22], [0x22, 0x5C, 0x6E, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
        ] as [[UInt8]]
    )
    func invalidUTF8(_ bytes: [UInt8]) {
        #expect(throws: MessageError.malformed(.invalidUTF8, format: .json, offset: 1)) { try JSON.decode(bytes) }
    }

    @Test("keys that are one text in two normal forms are refused rather than one value lost")
    func keysThatLookAlike() {
        let text = #"{"\u00e9": 1, "e\u0301": 2}"#
        #expect(fault(in: text) == .malformed(.keysLookAlike("e\u{301}"), format: .json, offset: 14))
    }

    private func fault(in text: String) -> MessageError? {
        #expect(throws: MessageError.self) { try JSON.decode(text) }
    }
}
