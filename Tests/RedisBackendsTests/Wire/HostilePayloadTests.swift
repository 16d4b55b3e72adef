import ChannelLayers
import Messages
import MusterTesting
import Testing

@testable import RedisBackends

/// Whatever lies in Redis is either read or refused.
@Suite struct HostilePayloadTests {
    @Test("any bytes are read or refused, whatever the format", arguments: wireSeeds)
    func randomBytes(seed: UInt64) throws {
        var random = RandomMessages(generator: SeededGenerator(seed: seed), hasBytes: true)
        for format in formats {
            var refused = 0
            for _ in 0..<1_000 where !readable(random.bytes(), format) { refused += 1 }
            #expect(refused == 1_000)
        }
    }

    @Test("any change to a message or a mailbox entry is read or refused", arguments: wireSeeds)
    func changedBytes(seed: UInt64) throws {
        for format in formats {
            var random = RandomMessages(
                generator: SeededGenerator(seed: seed),
                hasBytes: format.serializer == .messagePack
            )
            var outcomes: Set<Bool> = []
            for _ in 0..<300 {
                var payload = try format.encode(random.message(), excluding: try ChannelName("a!1"))
                outcomes.insert(readable(payload, format))
                let index = payload.indices.randomElement(using: &random.generator) ?? 0
                switch Int.random(in: 0..<3, using: &random.generator) {
                case 0: payload[index] = UInt8(truncatingIfNeeded: random.generator.next())
                case 1: payload.remove(at: index)
                default: payload.removeSubrange(index...)
                }
                outcomes.insert(readable(payload, format))
            }
            #expect(outcomes == [true, false])
        }
    }

    @Test("anything at all inside a good token is read or refused", arguments: wireSeeds)
    func wellSigned(seed: UInt64) {
        var random = RandomMessages(generator: SeededGenerator(seed: seed), hasBytes: true)
        let key = FernetKey(secret: "one secret")
        for format in formats where format.isEncrypted {
            for _ in 0..<300 {
                #expect(!readable(key.seal(random.bytes()), format))
            }
        }
    }

    private func readable(_ bytes: [UInt8], _ format: WireFormat) -> Bool {
        // The entry's random bytes are the payload's own: what counts is that nothing traps.
        _ = try? MailboxEntry(decoding: bytes, format: format, maximumAge: .seconds(60))
        _ = try? format.decodeRelay(bytes)
        return (try? format.decode(bytes)) != nil
    }
}
