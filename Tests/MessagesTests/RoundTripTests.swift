import Messages
import Testing

/// Random values survive both formats, and no part of an encoding passes for the whole.
@Suite struct RoundTripTests {
    @Test("random values come back from MessagePack as they were", arguments: seeds)
    func messagePack(seed: UInt64) throws {
        var random = RandomValues(seed: seed, hasBytes: true)
        for _ in 0..<500 {
            let value = random.value(depth: 5)
            let bytes = MessagePack.encode(value)
            #expect(try MessagePack.decode(bytes) == value)
            #expect(MessagePack.encode(try MessagePack.decode(bytes)) == bytes)
        }
    }

    @Test("random values come back from JSON as they were", arguments: seeds)
    func json(seed: UInt64) throws {
        var random = RandomValues(seed: seed, hasBytes: false)
        for _ in 0..<500 {
            let value = random.value(depth: 5)
            let bytes = try JSON.encodeUTF8(value)
            #expect(bytes.allSatisfy { (0x20...0x7E).contains($0) })
            #expect(try JSON.decode(bytes) == value)
            #expect(try JSON.encodeUTF8(try JSON.decode(bytes)) == bytes)
        }
    }

    @Test("random messages come back from both formats as they were", arguments: seeds)
    func messages(seed: UInt64) throws {
        var random = RandomValues(seed: seed, hasBytes: false)
        for _ in 0..<100 {
            let message = random.message()
            #expect(try Message(messagePack: message.messagePack()) == message)
            #expect(try Message(messagePack: message.messagePack().span) == message)
            #expect(try Message(json: try message.json()) == message)
            #expect(try Message(json: Array(try message.json().utf8)) == message)
            #expect(try Message(json: Array(try message.json().utf8).span) == message)
        }
    }

    @Test("no beginning of an encoded message is a message", arguments: seeds)
    func prefixes(seed: UInt64) throws {
        var random = RandomValues(seed: seed, hasBytes: false)
        for _ in 0..<20 {
            let message = random.message()
            let packed = message.messagePack()
            let text = Array(try message.json().utf8)
            #expect(packed.indices.filter { (try? MessagePack.decode(Array(packed[..<$0]))) != nil } == [])
            #expect(text.indices.filter { (try? JSON.decode(Array(text[..<$0]))) != nil } == [])
        }
    }
}
