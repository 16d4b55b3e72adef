import ChannelLayers
import Messages
import MusterTesting
import RedisBackends
import Testing

/// Messages that one member of a group does not get.
@Suite struct RelayFormatTests {
    @Test("the excluded name travels as the last field and comes back", arguments: wireSeeds)
    func roundTrip(seed: UInt64) throws {
        let excluded = try ChannelName("specific.0af3!7")
        for format in formats {
            var random = RandomMessages(
                generator: SeededGenerator(seed: seed),
                hasBytes: format.serializer == .messagePack
            )
            for _ in 0..<30 {
                let message = random.message()
                let relayed = try format.decodeRelay(try format.encode(message, excluding: excluded))
                #expect(relayed.message == message)
                #expect(relayed.excluded == excluded)
                let whole = try format.decode(try format.encode(message, excluding: excluded))
                #expect(whole.fields.keys.last == "__asgi_except__")
                #expect(whole.fields.values.last == "specific.0af3!7")

                let plain = try format.decodeRelay(try format.encode(message, excluding: nil))
                #expect(plain.message == message)
                #expect(plain.excluded == nil)
            }
        }
        #expect(try WireFormat().encode(Message(type: "t"), excluding: nil) == Message(type: "t").messagePack())
    }

    @Test("a sender cannot exclude by a field of its own")
    func forged() throws {
        let message = Message(type: "t", ["__asgi_except__": "specific.0af3!7", "text": "x"])
        for excluded in [nil, try ChannelName("a!2")] {
            let relayed = try WireFormat().decodeRelay(try WireFormat().encode(message, excluding: excluded))
            #expect(relayed.excluded == excluded)
            #expect(relayed.message == Message(type: "t", ["text": "x"]))
        }
    }

    @Test(
        "what names nobody is taken out and excludes nobody",
        arguments: [.null, 3, "two words", "", ["a!1"], ["a": "a!1"]] as [MessageValue]
    )
    func unreadable(_ value: MessageValue) throws {
        let payload = Message(type: "t", ["__asgi_except__": value, "text": "x"]).messagePack()
        let relayed = try WireFormat().decodeRelay(payload)
        #expect(relayed.excluded == nil)
        #expect(relayed.message == Message(type: "t", ["text": "x"]))
    }
}
