import Messages
import MusterTesting
import Testing

/// Any bytes at all are either read or refused; what is read is a value like any other.
@Suite struct HostileInputTests {
    @Test("random bytes are read or refused by both decoders", arguments: seeds)
    func randomBytes(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let count = Int.random(in: 0..<40, using: &generator)
            let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            try expectStable(messagePack: bytes)
            try expectStable(json: bytes)
        }
    }

    @Test("random changes to MessagePack are read or refused", arguments: seeds)
    func changedMessagePack(seed: UInt64) throws {
        var random = RandomValues(seed: seed, hasBytes: true)
        var outcomes: Set<Bool> = []
        for _ in 0..<2_000 {
            let bytes = mutated(MessagePack.encode(random.value(depth: 4)), using: &random.generator)
            outcomes.insert(try expectStable(messagePack: bytes))
        }
        #expect(outcomes == [true, false])
    }

    @Test("random changes to JSON are read or refused", arguments: seeds)
    func changedJSON(seed: UInt64) throws {
        var random = RandomValues(seed: seed, hasBytes: false)
        var outcomes: Set<Bool> = []
        for _ in 0..<2_000 {
            let bytes = mutated(try JSON.encodeUTF8(random.value(depth: 4)), using: &random.generator)
            outcomes.insert(try expectStable(json: bytes))
        }
        #expect(outcomes == [true, false])
    }

    /// Whether the bytes are read.
    ///
    /// If so, what is written for them must read as the same value: compared as bytes, in which a NaN equals itself.
    @discardableResult
    private func expectStable(messagePack bytes: [UInt8]) throws -> Bool {
        guard let value = try? MessagePack.decode(bytes) else { return false }
        let written = MessagePack.encode(value)
        #expect(MessagePack.encode(try MessagePack.decode(written)) == written, "\(hexadecimal(bytes))")
        return true
    }

    @discardableResult
    private func expectStable(json bytes: [UInt8]) throws -> Bool {
        guard let value = try? JSON.decode(bytes) else { return false }
        let written = try JSON.encodeUTF8(value)
        #expect(try JSON.encodeUTF8(try JSON.decode(written)) == written, "\(hexadecimal(bytes))")
        return true
    }
}
