/// The last lines a program wrote, numbered from its start.
struct OutputLines: Sendable {
    /// How many lines are kept at least; older ones are forgotten when twice as many have come in.
    static let kept = 10_000

    private(set) var held: [String] = []
    /// The number of the first line that is still held.
    private(set) var firstNumber = 0

    /// The number the next line will have.
    var endNumber: Int { firstNumber + held.count }

    mutating func append(_ line: String) {
        if held.count == 2 * Self.kept {
            held.removeFirst(Self.kept)
            firstNumber += Self.kept
        }
        held.append(line)
    }

    /// The first line from number `start` on that contains `text`.
    func firstLine(containing text: String, from start: Int) -> String? {
        held.dropFirst(max(0, start - firstNumber)).first { $0.contains(text) }
    }
}
