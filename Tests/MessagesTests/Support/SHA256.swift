import Foundation

/// SHA-256 (FIPS 180-4), for vectors too long to be written out.
enum SHA256 {
    static func hash(_ message: [UInt8]) -> [UInt8] {
        // The standard's constants are the first 32 bits behind the point of the first primes' roots.
        let primes = (2...311).filter { number in !(2..<number).contains { number.isMultiple(of: $0) } }.map(
            Double.init
        )
        let constants = primes.map { fraction(cbrt($0)) }
        var state = primes.prefix(8).map { fraction($0.squareRoot()) }
        let padded = padded(message)
        for start in stride(from: 0, to: padded.count, by: 64) {
            compress(padded[start..<(start + 64)], into: &state, constants)
        }
        return state.flatMap { bigEndian(UInt64($0), count: 4) }
    }

    private static func compress(_ block: ArraySlice<UInt8>, into state: inout [UInt32], _ constants: [UInt32]) {
        var words = stride(from: block.startIndex, to: block.endIndex, by: 4).map { index in
            block[index..<(index + 4)].reduce(0) { $0 << 8 | UInt32($1) }
        }
        for index in 16..<64 {
            let (early, late) = (words[index - 15], words[index - 2])
            let first = rotated(early, 7) ^ rotated(early, 18) ^ (early >> 3)
            let second = rotated(late, 17) ^ rotated(late, 19) ^ (late >> 10)
            words.append(words[index - 16] &+ first &+ words[index - 7] &+ second)
        }
        var work = state
        for index in 0..<64 {
            let (a, e) = (work[0], work[4])
            let choice = (e & work[5]) ^ (~e & work[6])
            let majority = (a & work[1]) ^ (a & work[2]) ^ (work[1] & work[2])
            let first = work[7] &+ (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) &+ choice
            let sum = first &+ constants[index] &+ words[index]
            let second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) &+ majority
            work.removeLast()
            work.insert(sum &+ second, at: 0)
            work[4] &+= sum
        }
        for index in 0..<8 {
            state[index] &+= work[index]
        }
    }

    private static func fraction(_ number: Double) -> UInt32 {
        UInt32((number - number.rounded(.down)) * 0x1p32)
    }

    private static func padded(_ message: [UInt8]) -> [UInt8] {
        let zeros = [UInt8](repeating: 0, count: (119 - message.count % 64) % 64)
        return message + [0x80] + zeros + bigEndian(UInt64(message.count) * 8, count: 8)
    }

    private static func bigEndian(_ number: UInt64, count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> UInt64($0 * 8)) }
    }

    private static func rotated(_ word: UInt32, _ bits: UInt32) -> UInt32 {
        word >> bits | word << (32 - bits)
    }
}
