import Foundation
import Messages
import NIOHTTP1
import Testing

/// A user's notifications over two fronts and HAProxy.
@Suite("Notifications")
struct NotificationTests {
    @Test("Through HAProxy every window of a user gets each text as it is, in the original wire and in muster.v1")
    func delivery() async throws {
        try await withFronts(2, arguments: MusterFront.notificationArguments) { fronts in
            let balancer = try await LoadBalancer.start(frontPorts: fronts.fronts.map(\.port))
            try await eventually("HAProxy sees a ready front") { try await balancer.get("/readyz").status == 200 }
            var plain: [WebSocketClient] = []
            for _ in 0..<4 {
                plain.append(try await WebSocketClient.connect(balancer.webSocketURL("/message/ann/stream/")))
            }
            let other = try await WebSocketClient.connect(balancer.webSocketURL("/message/bob/stream/"))
            var structured = NotificationClient("ann")
            try await structured.connect(balancer.webSocketURL(""))
            #expect(structured.socket?.response.headers["Sec-WebSocket-Protocol"] == ["muster.v1"])
            #expect(try await structured.next().type == "position")
            try await eventually("all have joined") {
                let (joined, all) = (try await fronts.count("message.ann"), try await fronts.count("notifications"))
                return joined == 5 && all == 6
            }
            for index in 0..<2 { #expect(try await fronts.metric("muster_connections", of: index) >= 1) }

            let text = #"{"title":  "Zoë <b>🦊</b>", "n": 1.0}"#
            let id = try await fronts[0].notify("ann", text)
            for client in plain { #expect(try await client.nextText() == text) }
            let frame = try await structured.next()
            #expect(frame.text == text && frame.id == id)

            // The command records as the API does.
            let sent = try await muster(
                "send",
                "message.ann",
                #"{"type": "websocket.send", "text": "by hand"}"#,
                on: fronts.redis
            )
            let lines = sent.standardOutput.split(separator: "\n")
            #expect(lines.first == "sent to 2 processes")
            for client in plain { #expect(try await client.nextText() == "by hand") }
            #expect(lines.last == "recorded as \(try #require(try await structured.next().id))")

            await structured.drop()
            let missed = try await fronts[1].notify("ann", "missed")
            try await structured.connect(balancer.webSocketURL(""))
            let late = try await structured.next()
            #expect(late.text == "missed" && late.id == missed)
            #expect(try await other.unreadCount == 0)
            await balancer.stop()
        }
    }

    @Test("What cannot be is closed with 1008 and a reason, and costs nobody else anything")
    func badInput() async throws {
        try await withFronts(1, arguments: MusterFront.notificationArguments) { fronts in
            let neighbour = try await WebSocketClient.connect(fronts[0].webSocketOrigin + "/message/ann/stream/")
            let paths = [
                "/message/no%20spaces/stream/", "/message/a%21b/stream/", "/message/zo%C3%AB/stream/",
                "/message/\(String(repeating: "a", count: 92))/stream/", "/message/ann/stream/?last=x",
                "/message/ann/stream/?last=1", "/message/ann/stream/?last=99999999999999999999-0",
            ]
            for path in paths {
                for subprotocols in [[], ["muster.v1"]] {
                    var options = WebSocketClient.Options()
                    for name in subprotocols { options.headers.add(name: "Sec-WebSocket-Protocol", value: name) }
                    let url = fronts[0].webSocketOrigin + path
                    let event = try await WebSocketClient.connect(url, options: options).waitForClose()
                    #expect(event.code == 1008, "\(path)")
                    #expect(
                        event.reason.hasPrefix("a user has") || event.reason.hasSuffix("is not the id of a message")
                    )
                }
            }
            // Ids that are well formed and never were.
            let id = try await fronts[0].notify("bob", "kept")
            for last in ["1-1", "99999999999999-7", "18446744073709551615-18446744073709551615"] {
                var options = WebSocketClient.Options()
                options.headers = ["Sec-WebSocket-Protocol": "muster.v1"]
                let url = fronts[0].webSocketOrigin + "/message/bob/stream/?last=\(last)"
                let client = try await WebSocketClient.connect(url, options: options)
                #expect(try await client.nextText() == #"{"type": "gap"}"#, "\(last)")
                #expect(try await client.nextText() == #"{"type": "message", "id": "\#(id)", "text": "kept"}"#)
            }
            try await fronts[0].notify("ann", "still here")
            #expect(try await neighbour.nextText() == "still here")
        }
    }

    @Test("A front without Redis keeps what was missed, too")
    func inMemory() async throws {
        let front = try await MusterFront.start(arguments: MusterFront.notificationArguments)
        var client = NotificationClient("ann")
        try await client.connect(front.webSocketOrigin)
        #expect(try await client.next().type == "position")
        await client.drop()
        try await front.notify("ann", "missed")
        try await client.connect(front.webSocketOrigin)
        #expect(try await client.next().text == "missed")
        await front.stop()
    }
}
