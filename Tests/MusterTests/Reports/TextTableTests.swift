import Testing

@testable import Muster

@Suite("Reports")
struct TextTableTests {
    @Test("Columns are as wide as what is in them, numbers keep to the right")
    func aligns() {
        var table = TextTable([("NAME", .left), ("COUNT", .right), ("STATE", .left)])
        table.add("a", "1000000", "fine")
        table.add("a long name", "7", "")
        #expect(
            table.lines == [
                "NAME           COUNT  STATE",
                "a            1000000  fine",
                "a long name        7",
            ]
        )
    }

    @Test(
        "Spans of time are told to what matters",
        arguments: [
            (0.04, "0.0 s"), (4.16, "4.2 s"), (59.97, "1 min"), (3599, "59 min"), (11_100, "3 h 5 min"),
            (187_200, "2 d 4 h"),
        ]
    )
    func spans(seconds: Double, words: String) {
        #expect(FrontsReport.span(seconds) == words)
    }
}
