import Applications
import ChannelLayers
import HTTPTypes
import Hummingbird
import Logging
import Messages
import MusterTesting
import Testing

/// The routes are asked directly: no socket, no server.
struct GroupSendAPITests {
    private let layer = InMemoryChannelLayer(
        histories: HistoryLimits([("message.*", HistoryLimit(count: 3, age: .seconds(3600)))])
    )
    private static let good = #"{"type": "websocket.send", "text": "hello"}"#

    private func requests(keys: [String], layer: (any ChannelLayer)? = nil) -> RouterRequests {
        RouterRequests { router in
            let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            GroupSendAPI(layer: layer ?? self.layer, keys: BearerKeys(keys), logger: quiet).add(to: router)
        }
    }

    private func ask(
        _ path: String = "/api/v1/groups/message.ann/send",
        method: HTTPRequest.Method = .post,
        key: String? = "secret",
        headers: HTTPFields = [:],
        body: String = good,
        keys: [String] = ["other", "secret"],
        layer: (any ChannelLayer)? = nil
    ) async throws -> (status: Int, headers: HTTPFields, body: MessageValue) {
        var fields = headers
        if let key { fields[.authorization] = "Bearer \(key)" }
        let (response, text) = try await requests(keys: keys, layer: layer)
            .send(path, method: method, headers: fields, body: Array(body.utf8))
        let bytes = Array(text.utf8)
        return (response.status.code, response.headers, try JSON.decode(bytes.span))
    }

    @Test("A message reaches the group, and is recorded: the answer says its id")
    func recorded() async throws {
        let channel = layer.newChannel()
        try await layer.groupAdd(channel, to: "message.ann")
        let answer = try await ask()
        #expect(answer.status == 200)
        #expect(answer.headers[.contentType] == "application/json")
        let message = try await layer.receive(channel)
        #expect(message["text"] == "hello")
        #expect(message.id != nil && answer.body["id"]?.stringValue == message.id?.description)
        let page = try await layer.history(of: "message.ann", from: .newest(10), limit: 10)
        #expect(page.messages == [message])
    }

    @Test("Of a message to a group without a history the id is null")
    func notRecorded() async throws {
        let answer = try await ask("/api/v1/groups/users/send")
        #expect(answer.status == 200)
        #expect(answer.body == ["id": .null])
    }

    @Test("Without a key 401, without any configured 403; the message goes nowhere")
    func keys() async throws {
        for key in [nil, "", "secre", "secret2"] as [String?] {
            let answer = try await ask(key: key)
            #expect(answer.status == 401)
            #expect(answer.headers[.wwwAuthenticate] == "Bearer")
            #expect(answer.body["error"]?.stringValue?.contains("Bearer <key>") == true)
        }
        let answer = try await ask(keys: [])
        #expect(answer.status == 403)
        #expect(answer.body["error"]?.stringValue?.contains("MUSTER_API_KEYS") == true)
        #expect(try await layer.history(of: "message.ann", from: .newest(10), limit: 10).messages.isEmpty)
    }

    @Test(
        "What is no message, or no group, is refused with 400 and the reason",
        arguments: [
            ("", "ann"), ("{", "ann"), ("[]", "ann"), (#"{"text": "x"}"#, "ann"), (#"{"type": 1}"#, "ann"),
            (good, "no%20spaces"), (good, "zo%C3%AB"), (good, String(repeating: "a", count: 100)),
        ]
    )
    func bad(body: String, group: String) async throws {
        let answer = try await ask("/api/v1/groups/\(group)/send", body: body)
        #expect(answer.status == 400)
        #expect(answer.body["error"]?.stringValue?.isEmpty == false)
    }

    @Test("Not UTF-8 is refused with 400")
    func notUTF8() async throws {
        let bytes = Array(#"{"type": ""#.utf8) + [0xFF] + Array(#""}"#.utf8)
        let (response, _) = try await requests(keys: ["k"])
            .send("/api/v1/groups/ann/send", method: .post, headers: [.authorization: "Bearer k"], body: bytes)
        #expect(response.status == .badRequest)
    }

    @Test("A mebibyte is taken, a byte more is 413, whether it is announced or not")
    func tooLong() async throws {
        let frame = #"{"type": "t", "text": ""}"#
        let text = String(repeating: "a", count: GroupSendAPI.maximumLength - frame.utf8.count)
        #expect(try await ask(body: #"{"type": "t", "text": "\#(text)"}"#).status == 200)
        let long = #"{"type": "t", "text": "\#(text)a"}"#
        #expect(try await ask(body: long).status == 413)
        #expect(try await ask(headers: [.contentLength: "\(long.utf8.count)"], body: long).status == 413)
    }

    @Test("Other paths are 404 and other methods 405, both in JSON")
    func beside() async throws {
        for path in ["/api/v1", "/api/v1/groups/", "/api/v1/groups/ann", "/api/v2/groups/ann/send"] {
            let answer = try await ask(path)
            #expect(answer.status == 404, "\(path)")
            #expect(answer.body["error"]?.stringValue?.contains("POST /api/v1/groups") == true)
        }
        let answer = try await ask(method: .get)
        #expect(answer.status == 405)
        #expect(answer.headers[.allow] == "POST")
    }

    @Test("A server that is away is 503, one that refuses 500")
    func unavailable() async throws {
        for (code, status) in [(ChannelLayerError.Code.unavailable, 503), (.refused, 500), (.invalidMessage, 400)] {
            let failing = FailingLayer(error: ChannelLayerError(code: code, message: "not now"))
            let answer = try await ask(layer: failing)
            #expect(answer.status == status)
            #expect(answer.body["error"] == "not now")
        }
    }
}
