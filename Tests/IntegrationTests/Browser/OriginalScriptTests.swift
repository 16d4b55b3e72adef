import Testing

/// The original reconnecting-websocket.js, by which pages of the published systems connect, on the same paths.
@Suite("Original reconnecting-websocket.js")
struct OriginalScriptTests {
    @Test(
        "The online counter over two fronts: its front stops, and the page comes back by the other with the true count"
    )
    func onlineCounter() async throws {
        try await withFronts(2) { fronts in
            let balancer = try await LoadBalancer.start(frontPorts: fronts.fronts.map(\.port))
            try await eventually("HAProxy sees a ready front") { try await balancer.get("/readyz").status == 200 }
            try await withBrowser { browser in
                let page = try await browser.open(balancer.url + "/muster.js")
                try await OriginalScript.load(into: page)
                _ = try await page.evaluate(
                    """
                    (() => {
                        online = "";
                        opened = 0;
                        const socket = new ReconnectingWebSocket("ws://" + location.host + "/ws/online_number/");
                        socket.onopen = () => { opened += 1; };
                        socket.onmessage = (event) => { online = JSON.parse(event.data)["message"]; };
                        socket.onclose = () => { online = ""; };
                    })()
                    """
                )
                try await page.waitFor("online", equals: "1")
                let index = try await fronts.metric("muster_connections", of: 0) == 1 ? 0 : 1
                let other = try await WebSocketClient.connect(fronts[1 - index].webSocketURL())
                try await page.waitFor("online", equals: "2")
                try await fronts[index].terminate()
                try await page.waitFor("opened", equals: "2", timeout: .seconds(60))
                try await page.waitFor("online", equals: "2")
                #expect(try await fronts.count() == 2)
                #expect(try await fronts.metric("muster_connections", of: 1 - index) == 2)
                try await other.close()
                try await page.waitFor("online", equals: "1")
            }
            await balancer.stop()
        }
    }

    @Test("A user's notifications: texts that any process sends arrive as they are, also after the front was restarted")
    func notifications() async throws {
        try await withFronts(1) { fronts in
            try await withBrowser { browser in
                let page = try await browser.open(fronts[0].url + "/muster.js")
                try await OriginalScript.load(into: page)
                _ = try await page.evaluate(
                    """
                    (() => {
                        texts = [];
                        opened = 0;
                        const scheme = location.protocol === "https:" ? "wss" : "ws";
                        const address = scheme + "://" + location.host + "/message/42/stream/";
                        const socket = new ReconnectingWebSocket(address);
                        socket.onopen = () => { opened += 1; };
                        socket.onmessage = (event) => { texts.push(event.data); };
                    })()
                    """
                )
                try await fronts.waitUntilCount("message.42", 1)
                try await send(#"{\"title\": \"first\"}"#, fronts.redis)
                try await page.waitFor("texts", equals: #"["{\"title\": \"first\"}"]"#)
                try await fronts[0].terminate()
                try await fronts[0].restart()
                try await page.waitFor("opened", equals: "2", timeout: .seconds(60))
                try await fronts.waitUntilCount("message.42", 1)
                try await send("second", fronts.redis)
                try await page.waitFor("texts.at(-1)", equals: "second")
                #expect(try await page.evaluate("texts.length") == "2")
            }
        }
    }

    private func send(_ text: String, _ redis: TestRedis) async throws {
        let message = #"{"type": "websocket.send", "text": "\#(text)"}"#
        let result = try await muster("send", "message.42", message, on: redis)
        #expect(result.status.description == "exit code 0", "\(result)")
    }
}

extension Fronts {
    fileprivate func waitUntilCount(_ group: String, _ expected: Int) async throws {
        try await eventually("\(expected) in \(group)", timeout: .seconds(30)) { try await count(group) == expected }
    }
}
