import Messages
import MusterTesting

/// Makes random values; those for JSON hold no bytes.
struct RandomValues {
    var generator: SeededGenerator
    let hasBytes: Bool

    init(seed: UInt64, hasBytes: Bool) {
        self.generator = SeededGenerator(seed: seed)
        self.hasBytes = hasBytes
    }

    mutating func message() -> Message {
        Message(type: text(), map(depth: 4))
    }

    mutating func value(depth: Int) -> MessageValue {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 7), using: &generator) {
        case 0: .null
        case 1: .bool(.random(using: &generator))
        case 2: .integer(integer())
        case 3: .integer(canonical: generator.next())
        case 4: .double(double())
        case 5: .string(text())
        case 6: hasBytes ? .bytes(bytes()) : .string(text())
        case 7: .array((0..<count()).map { _ in value(depth: depth - 1) })
        default: .map(map(depth: depth - 1))
        }
    }

    /// Numbers of every width, near the edges of the widths above all.
    private mutating func integer() -> Int64 {
        let power = Int64(1) << Int64.random(in: 0..<63, using: &generator)
        let number = power &+ Int64.random(in: -2...2, using: &generator)
        return .random(using: &generator) ? number : -number
    }

    private mutating func double() -> Double {
        let number = Double(bitPattern: generator.next())
        return number.isFinite ? number : Double.random(in: -1e17...1e17, using: &generator)
    }

    private mutating func map(depth: Int) -> MessageMap {
        var map: MessageMap = [:]
        for _ in 0..<count() {
            map[text()] = value(depth: depth)
        }
        return map
    }

    private mutating func bytes() -> [UInt8] {
        (0..<count()).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }

    /// Text of one to four UTF-8 bytes a character, and what JSON must escape; nothing that combines, so that two
    /// different texts are never equal.
    private mutating func text() -> String {
        let characters: [Character] = ["a", "Z", " ", "\"", "\\", "/", "\n", "\0", "\u{7F}", "ß", "→", "日", "👍", "𝄞"]
        return String((0..<count()).map { _ in characters.randomElement(using: &generator) ?? "?" })
    }

    /// Mostly few, now and then more than a short form holds.
    private mutating func count() -> Int {
        Int.random(in: 0..<(Int.random(in: 0..<20, using: &generator) == 0 ? 40 : 5), using: &generator)
    }
}
