import ChannelLayers
import Messages
import Testing

@testable import RedisBackends

struct CountScriptTests {
    @Test("The script's message is the whole message's encoding, for any count", arguments: [0, 9, 10, 99999, Int.max])
    func head(_ count: Int) throws {
        for shape in [
            CountMessage(type: "number", field: "message"),
            CountMessage(type: String(repeating: "t", count: 300), field: "größe"),
        ] {
            let digits = Array(String(count).utf8)
            // The last two steps are those of announce_count.lua: a text of fewer than 32 bytes is 0xa0 + length, text.
            let published = shape.scriptHead + [0xA0 + UInt8(digits.count)] + digits
            #expect(published == shape.message(count: count).messagePack())
            #expect(try Message(messagePack: published) == shape.message(count: count))
        }
    }
}
