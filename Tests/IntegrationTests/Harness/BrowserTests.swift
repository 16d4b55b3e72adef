import Foundation
import Testing

/// The harness's browser, which also proves the WebSocket client against Chromium's own server.
@Suite("Harness: browser")
struct BrowserTests {
    private static let page = "data:text/html,<title>T</title><p id=count>%207%20</p><script>var a=[1,{b:2}]</script>"

    @Test("Pages load, evaluate JavaScript, wait for a change, and are photographed")
    func drivesPages() async throws {
        try await withBrowser { browser in
            let page = try await browser.open(Self.page)
            #expect(try await page.evaluate("document.title") == "T")
            #expect(try await page.evaluate("a") == #"[1,{"b":2}]"#)
            #expect(try await page.evaluate("new Promise(done => setTimeout(() => done(42), 10))") == "42")
            try await page.waitFor(elementID: "count", toRead: "7")

            let picture = try Repository.screenshots().appendingPathComponent("harness-browser.png")
            try await page.screenshot(to: picture.path)
            #expect(try Data(contentsOf: picture).starts(with: [0x89, 0x50, 0x4e, 0x47]))
            try await page.close()
        }
    }

    @Test("A wait in vain tells the last value and keeps a picture; an exception and a dead address are errors")
    func reportsFailures() async throws {
        try await withBrowser { browser in
            let page = try await browser.open(Self.page)
            let waited = await #expect(throws: HarnessError.self) {
                try await page.waitFor("document.title", equals: "other", timeout: .milliseconds(200))
            }
            #expect(waited?.description.contains("last value “T”; picture: /") == true)
            let thrown = await #expect(throws: HarnessError.self) { try await page.evaluate("missing.thing") }
            #expect(thrown?.description.contains("ReferenceError") == true)
            let port = try FreePort.pick()
            await #expect(throws: HarnessError.self) { try await browser.open("http://127.0.0.1:\(port)/") }
        }
    }

    @Test("A page holds a WebSocket, which ends when its tab is closed; private pages share no storage")
    func pageSockets() async throws {
        let server = try await ScriptedServer.start(named: "hello")
        try await withBrowser { browser in
            let address = "http://127.0.0.1:\(server.port)/"
            let page = try await browser.open(address)
            let open = "new Promise(r => { s = new WebSocket('\(server.webSocketURL)'); s.onmessage = e => r(e.data) })"
            #expect(try await page.evaluate(open) == "hello")
            #expect(try await page.evaluate("localStorage.setItem('k', 'v')") == "undefined")
            #expect(try await server.connections == 1)

            let other = try await browser.open(address, privately: true)
            #expect(try await other.evaluate("localStorage.getItem('k')") == "null")
            try await page.close()
            try await eventually("the end of the page's socket") { try await server.connections == 0 }
        }
        try await server.stop()
    }

    @Test("The WebSocket client speaks with Chromium's own DevTools server")
    func clientAgainstChromium() async throws {
        try await withBrowser { browser in
            let client = try await WebSocketClient.connect(browser.devToolsURL)
            try await client.send(text: #"{"id":7,"method":"Browser.getVersion"}"#)
            let reply = try await client.nextText()
            #expect(reply.contains(#""id":7"#) && reply.contains("Chrom"))
            await client.drop()
        }
    }
}
