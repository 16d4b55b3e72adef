import Consumers
import Messages
import Testing

struct ValuesTests {
    @Test("The codes that a close frame may hold are those of RFC 6455 and of applications")
    func closeCodes() {
        let sendable = (0...5500).filter { CloseCode(rawValue: $0).isSendable }
        #expect(sendable == Array(1000...1003) + Array(1007...1014) + Array(3000...4999))
        #expect("\(CloseCode.serviceRestart)" == "1012")
    }

    @Test("A header is found in any case, its first value if there are several")
    func header() {
        let scope = Scope(path: "/", headers: [("Cookie", "a=1"), ("X-User", "first"), ("x-user", "second")])
        #expect(scope.header("x-uSER") == "first")
        #expect(scope.header("cookie") == "a=1")
        #expect(scope.header("accept") == nil)
    }

    @Test("A JSON frame is text as Python's json.dumps writes it; bytes do not fit in")
    func json() throws {
        #expect(
            try OutboundFrame.json(["message": "3", "n": [1, nil]]) == .text(#"{"message": "3", "n": [1, null]}"#)
        )
        #expect(throws: MessageError.bytesInJSON(key: "raw")) { try OutboundFrame.json(["raw": .bytes([0])]) }
    }
}
