import ChannelLayers
import Messages
import Testing

@testable import Applications

struct SendRequestTests {
    @Test("A request names a group and brings a message")
    func good() throws {
        let request = try SendRequest(
            Message(type: "group.send", ["group": "message.ann", "message": ["type": "t", "n": 1, "b": .bytes([1])]])
        )
        #expect(request.group == "message.ann")
        #expect(request.message == Message(type: "t", ["n": 1, "b": .bytes([1])]))
    }

    @Test(
        "What is none is refused with what is wrong, and how it would be right",
        arguments: [
            (Message(type: "websocket.send", ["text": "x"]), #""websocket.send""#),
            (Message(type: "group.send"), "no text 'group'"),
            (Message(type: "group.send", ["group": 1, "message": ["type": "t"]]), "no text 'group'"),
            (Message(type: "group.send", ["group": "a b", "message": ["type": "t"]]), "group name"),
            (Message(type: "group.send", ["group": "ann"]), "no 'message'"),
            (Message(type: "group.send", ["group": "ann", "message": "hello"]), "must be a map"),
            (Message(type: "group.send", ["group": "ann", "message": ["text": "hello"]]), "no \"type\""),
        ]
    )
    func bad(message: Message, reason: String) {
        let error = #expect(throws: BadSendRequest.self) { try SendRequest(message) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains(#"{"type": "group.send""#) == true)
    }
}
