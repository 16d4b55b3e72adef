import Messages
import MusterTesting

/// Makes random messages; those for JSON hold no bytes.
struct RandomMessages {
    var generator: SeededGenerator
    let hasBytes: Bool

    mutating func message() -> Message {
        Message(type: text(), map(depth: 2))
    }

    /// Few bytes, at random.
    mutating func bytes() -> [UInt8] {
        (0..<Int.random(in: 0..<80, using: &generator)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }

    private mutating func map(depth: Int) -> MessageMap {
        var map: MessageMap = [:]
        for _ in 0..<Int.random(in: 0..<20, using: &generator) {
            map[text()] = value(depth: depth)
        }
        return map
    }

    private mutating func value(depth: Int) -> MessageValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &generator) {
        case 0: .null
        case 1: .bool(.random(using: &generator))
        case 2: .integer(Int64(truncatingIfNeeded: generator.next()))
        case 3: .double(.random(in: -1e6...1e6, using: &generator))
        case 4: hasBytes ? .bytes(bytes()) : .string(text())
        case 5: .string(text())
        case 6: .array((0..<3).map { _ in value(depth: depth - 1) })
        default: .map(map(depth: depth - 1))
        }
    }

    private mutating func text() -> String {
        let characters: [Character] = ["a", "Z", " ", "\"", "\\", "\n", "\0", "ß", "日", "👍"]
        let count = Int.random(in: 0..<8, using: &generator)
        return String((0..<count).map { _ in characters.randomElement(using: &generator) ?? "?" })
    }
}

/// What the property tests run with: known seeds, and a new one each time; a failure names its seed as an argument.
let wireSeeds: [UInt64] = [1, 2, 20_251_121, .random(in: .min ... .max)]
