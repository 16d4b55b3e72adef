import ChannelLayers
import Messages
import MusterTesting
import Testing

@testable import RedisBackends

@Suite struct WireFormatTests {
    @Test("random messages come back in every format", arguments: wireSeeds)
    func roundTrip(seed: UInt64) throws {
        for format in formats {
            var random = RandomMessages(
                generator: SeededGenerator(seed: seed),
                hasBytes: format.serializer == .messagePack
            )
            for _ in 0..<60 {
                let message = random.message()
                let payload = try format.encode(message)
                #expect(try format.decode(payload) == message)
                #expect(try format.decode(payload, maximumAge: .seconds(60)) == message)
            }
        }
    }

    @Test("unencrypted bytes are those of the serializer, encrypted ones are a token each time anew")
    func bytesOnTheWire() throws {
        let message = Message(type: "chat.message", ["text": "größe", "n": 1])
        #expect(try WireFormat().encode(message) == message.messagePack())
        #expect(try WireFormat(serializer: .json).encode(message) == Array(try message.json().utf8))
        for format in formats where format.isEncrypted {
            let payload = try format.encode(message)
            #expect(payload.starts(with: "gAAAAA".utf8))
            #expect(try format.encode(message) != payload)
        }
    }

    @Test("the serializers are named as in channels_redis")
    func names() {
        #expect(WireFormat.Serializer(rawValue: "msgpack") == .messagePack)
        #expect(WireFormat.Serializer(rawValue: "json") == .json)
        #expect(WireFormat().serializer == .messagePack)
        #expect(!WireFormat().isEncrypted)
    }

    @Test("bytes in JSON are the sender's error", arguments: [[], ["key"]])
    func bytesInJSON(keys: [String]) {
        let format = WireFormat(serializer: .json, encryptionKeys: keys)
        #expect(throws: MessageError.bytesInJSON(key: "b")) { () throws in
            _ = try format.encode(Message(type: "t", ["b": .bytes([1])]))
        }
    }

    @Test("encryption on one side only is called that", arguments: WireFormat.Serializer.allCases)
    func oneSided(_ serializer: WireFormat.Serializer) throws {
        let plain = WireFormat(serializer: serializer)
        let secret = WireFormat(serializer: serializer, encryptionKeys: ["k"])
        let message = Message(type: "t")
        let token = try secret.encode(message)
        let text = try plain.encode(message)
        #expect(throws: WireError.encrypted) { () throws in _ = try plain.decode(token) }
        #expect(throws: WireError.notEncrypted) { () throws in _ = try secret.decode(text) }
        #expect(throws: WireError.noKeyOpens(keys: 1)) { () throws in
            _ = try secret.decode(Array(token.dropLast(4)))
        }
    }

    @Test("the other serializer's messages are malformed, also inside encryption")
    func otherSerializer() throws {
        let message = Message(type: "t")
        for keys in [[], ["k"]] {
            let packed = WireFormat(encryptionKeys: keys)
            let text = WireFormat(serializer: .json, encryptionKeys: keys)
            #expect(throws: malformed(.json)) { () throws in
                _ = try text.decode(try packed.encode(message))
            }
            #expect(throws: malformed(.messagePack)) { () throws in
                _ = try packed.decode(try text.encode(message))
            }
        }
    }

    private func malformed(_ format: MessageError.Format) -> WireError {
        switch format {
        case .messagePack: .malformed(.malformed(.trailingBytes(12), format: .messagePack, offset: 1))
        case .json: .malformed(.malformed(.unexpectedByte(0x81, expected: "a value"), format: .json, offset: 0))
        }
    }

    @Test("what is no message is malformed, as are maps that Python writes and does not read")
    func malformed() throws {
        #expect(throws: WireError.malformed(.missingType)) { () throws in
            _ = try WireFormat().decode(MessagePack.encode(["text": "t"]))
        }
        #expect(throws: WireError.malformed(.notAMap(found: "an integer"))) { () throws in
            _ = try WireFormat().decode([1] as [UInt8])
        }
        let written = try PayloadVectors.load().senderLimits.compactMap(\.hex)
        #expect(written.count == 2)
        for hex in written {
            let payload = try #require(bytes(hexadecimal: hex))
            #expect(throws: WireError.malformed(.malformed(.keyIsNotText(payload[1]), format: .messagePack, offset: 1)))
            {
                () throws in _ = try WireFormat().decode(payload)
            }
        }
    }

    @Test("what is longer than the limit is refused unread", arguments: formats.indices)
    func limit(_ index: Int) throws {
        let keys = formats[index].isEncrypted ? ["k"] : []
        let format = WireFormat(serializer: formats[index].serializer, encryptionKeys: keys)
        let message = Message(type: "t", ["text": .string(String(repeating: "x", count: 100))])
        let payload = try format.encode(message)
        func limited(_ limit: Int) -> WireFormat {
            WireFormat(serializer: format.serializer, encryptionKeys: keys, maximumMessageBytes: limit)
        }
        #expect(try limited(payload.count).decode(payload) == message)
        let tooLarge = WireError.tooLarge(bytes: payload.count, limit: payload.count - 1)
        #expect(throws: tooLarge) { () throws in _ = try limited(payload.count - 1).decode(payload) }
        #expect(throws: tooLarge) { () throws in _ = try limited(payload.count - 1).decodeRelay(payload) }
        #expect(WireFormat().maximumMessageBytes == 16_777_216)
    }

    @Test("no description of a format holds a key")
    func description() {
        let format = WireFormat(serializer: .json, encryptionKeys: ["hush-hush", "quiet"])
        for text in ["\(format)", String(reflecting: format), "\([format])"] {
            #expect(text.contains("json, encrypted, 2 key(s)"))
            #expect(!text.contains("hush") && !text.contains("quiet"))
        }
        #expect("\(WireFormat())" == "msgpack")
    }
}
