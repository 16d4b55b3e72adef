/// The random part of a process' channel names, in the form that `channels_redis` uses: 32 hexadecimal digits.
package enum ProcessIdentifier {
    /// Makes a new one from the system's random source.
    package static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in
            let digits = String(UInt32.random(in: 0...UInt32.max, using: &generator), radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }
}
