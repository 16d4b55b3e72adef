import ChannelLayers
import Messages
import MusterTesting
import RedisBackends
import Testing

/// Entries of mailboxes as `channels_redis.core` writes and reads them.
@Suite struct MailboxEntryTests {
    private let key = "__asgi_channel__"

    @Test("an entry of Python is read: its random bytes are dropped unseen")
    func randomPrefix() throws {
        let examples = try PayloadVectors.load().randomPrefix.examples
        let example = try #require(examples.first { $0.randomPrefixLength == MailboxEntry.randomPrefixLength })
        let entry = try #require(bytes(hexadecimal: example.entry))
        let read = try MailboxEntry(decoding: entry, format: WireFormat())
        #expect(read.message == Message(type: "x"))
        #expect(read.channels == [])
        #expect(read.invalidNames == 0)
        // Other lengths are another layer's setting; the payload after them is the same, and alone on pub/sub.
        for example in examples {
            #expect(example.entry == example.prefix + example.payload)
            let payload = try #require(bytes(hexadecimal: example.payload))
            #expect(try WireFormat().decode(payload) == Message(type: "x"))
        }
    }

    @Test("an entry that ends within its random bytes is refused", arguments: 0..<12)
    func tooShort(_ count: Int) {
        #expect(throws: WireError.noRandomPrefix(bytes: count)) { () throws in
            _ = try MailboxEntry(decoding: [UInt8](repeating: 0, count: count), format: WireFormat())
        }
    }

    @Test(
        "after the random bytes come those of the message with the receivers last",
        arguments: WireFormat.Serializer.allCases,
        [0, 1, 13, 14, 15, 16, 65_533, 65_534, 65_535]
    )
    func layout(serializer: WireFormat.Serializer, count: Int) throws {
        let format = WireFormat(serializer: serializer)
        let channel = try ChannelName("specific.0af3!7")
        let pairs = (0..<count).map { ("k\($0)", MessageValue.integer(Int64($0))) }
        let message = Message(type: "t", MessageMap(uniqueKeysWithValues: pairs))
        let encoder = try MailboxEntryEncoder(message, format: format)

        #expect(
            try payload(encoder.entry(to: channel)) == format.encode(adding(.string("specific.0af3!7"), to: message))
        )
        #expect(try payload(encoder.entry(to: try ChannelName("jobs"))) == format.encode(message))
        let members = [channel, try ChannelName("specific.0af3!8")]
        let list: MessageValue = ["specific.0af3!7", "specific.0af3!8"]
        #expect(try payload(encoder.entry(toMembers: members)) == format.encode(adding(list, to: message)))
        let jobs = try encoder.entry(toMembers: [try ChannelName("jobs")])
        #expect(try payload(jobs) == format.encode(adding(["jobs"], to: message)))
    }

    private func payload(_ entry: [UInt8]) -> [UInt8] {
        Array(entry.dropFirst(MailboxEntry.randomPrefixLength))
    }

    private func adding(_ address: MessageValue, to message: Message) throws -> Message {
        var fields = message.fields
        fields[key] = address
        return try Message(fields)
    }

    @Test("random messages come back with their receivers in every format", arguments: wireSeeds)
    func roundTrip(seed: UInt64) throws {
        let names = try ["a!1", "specific.0af3!7", "jobs"].map { name throws in try ChannelName(name) }
        for format in formats {
            var random = RandomMessages(
                generator: SeededGenerator(seed: seed),
                hasBytes: format.serializer == .messagePack
            )
            for _ in 0..<30 {
                let message = random.message()
                let encoder = try MailboxEntryEncoder(message, format: format)
                for (entry, channels) in [
                    (try encoder.entry(to: names[0]), [names[0]]),
                    (try encoder.entry(to: names[2]), []),
                    (try encoder.entry(toMembers: names), names),
                ] {
                    let read = try MailboxEntry(decoding: entry, format: format, maximumAge: .seconds(70))
                    #expect(read.message == message)
                    #expect(read.channels == channels)
                    #expect(read.invalidNames == 0)
                }
            }
        }
    }

    @Test("the same message twice is two entries, in clear only in the random bytes")
    func uniqueness() throws {
        let encoder = try MailboxEntryEncoder(Message(type: "t"), format: WireFormat())
        let entries = try (0..<100).map { _ in try encoder.entry(to: try ChannelName("a!1")) }
        #expect(Set(entries.map { $0.prefix(MailboxEntry.randomPrefixLength) }).count == 100)
        #expect(Set(entries.map { payload($0) }).count == 1)
        // Every one of the twelve bytes takes part.
        for index in 0..<MailboxEntry.randomPrefixLength {
            #expect(Set(entries.map { $0[index] }).count > 1)
        }
    }

    @Test("receivers that a message brings along are not its sender's to say")
    func forgedAddress() throws {
        let message = Message(type: "t", [key: "a!1", "text": "x"])
        let encoder = try MailboxEntryEncoder(message, format: WireFormat())
        for (channel, receivers) in [("b!2", ["b!2"]), ("jobs", [])] {
            let entry = try encoder.entry(to: try ChannelName(channel))
            let read = try MailboxEntry(decoding: entry, format: WireFormat())
            #expect(read.channels.map(\.rawValue) == receivers)
            #expect(read.message == Message(type: "t", ["text": "x"]))
        }
    }

    @Test("invalid names are counted, repeated ones taken once, the order kept; the place of the field does not matter")
    func names() throws {
        let address: MessageValue = ["b!1", "two words", "a!1", "b!1", "", "a!b!c", "jobs", "a!1"]
        let entry = randomBytesThen(["type": "t", .init(key): address, "text": "x"])
        let read = try MailboxEntry(decoding: entry, format: WireFormat())
        #expect(read.channels.map(\.rawValue) == ["b!1", "a!1", "jobs"])
        #expect(read.invalidNames == 3)
        #expect(read.message == Message(type: "t", ["text": "x"]))

        let single = try MailboxEntry(
            decoding: randomBytesThen(["type": "t", .init(key): "a b"]),
            format: WireFormat()
        )
        #expect(single.channels == [])
        #expect(single.invalidNames == 1)
    }

    @Test(
        "receivers in any other form are refused",
        arguments: [.null, 1, .bytes([0x61]), ["a": "a!1"], ["a!1", 2], [["a!1"]], true] as [MessageValue]
    )
    func unreadableAddress(_ address: MessageValue) {
        let entry = randomBytesThen(["type": "t", .init(key): address])
        #expect(throws: WireError.unreadableAddress) { () throws in
            _ = try MailboxEntry(decoding: entry, format: WireFormat())
        }
    }

    @Test("an entry without a type is no message")
    func noType() {
        let entry = randomBytesThen([.init(key): "a!1", "text": "x"])
        #expect(throws: WireError.malformed(.missingType)) { () throws in
            _ = try MailboxEntry(decoding: entry, format: WireFormat())
        }
    }

    @Test("an encrypted entry that has waited too long is refused where a limit is given")
    func age() throws {
        let format = WireFormat(encryptionKeys: ["k"])
        let entry = try MailboxEntryEncoder(Message(type: "t"), format: format).entry(to: try ChannelName("a!1"))
        #expect(try MailboxEntry(decoding: entry, format: format).channels.map(\.rawValue) == ["a!1"])
        #expect(throws: WireError.self) { () throws in
            _ = try MailboxEntry(decoding: entry, format: format, maximumAge: .seconds(-1))
        }
    }

    private func randomBytesThen(_ map: MessageMap) -> [UInt8] {
        [UInt8](repeating: 9, count: MailboxEntry.randomPrefixLength) + MessagePack.encode(.map(map))
    }
}
