import Testing

/// `/muster.js` with real fronts.
@Suite("muster.js and fronts")
struct MusterScriptServerTests {
    @Test("A front restarts: the page hears 1012, comes back by itself, and hears what is new")
    func restart() async throws {
        try await withFronts(1) { fronts in
            try await withBrowser { browser in
                let script = try await ScriptPage.open(browser, at: fronts[0].url)
                try await script.connect("/ws/counts/")
                try await script.waitFor("detail.type === 'counts' && detail.users === '0'")
                try await fronts[0].terminate()
                try await script.waitFor("type === 'close' && detail.code === 1012 && detail.willReconnect")
                try await script.run("log = []")
                try await fronts[0].restart()
                try await script.waitFor("type === 'open' && !detail.resumed", timeout: .seconds(60))
                let member = try await WebSocketClient.connect(fronts[0].webSocketURL())
                try await script.waitFor("detail.type === 'counts' && detail.users === '1'")
                try await member.close()
            }
        }
    }

    @Test("A network that drops connections: the chat goes on after the last message, nothing twice, nothing missed")
    func resumes() async throws {
        try await withFronts(1) { fronts in
            try await withFaultyLink(to: fronts[0].port) { link in
                try await withBrowser { browser in
                    let script = try await ScriptPage.open(browser, at: "http://127.0.0.1:\(link.port)")
                    try await script.connect("/chat/tea/", "{ maximumDelay: 500 }")
                    try await script.waitFor("detail.type === 'here'")
                    let sender = try await WebSocketClient.connect(fronts[0].webSocketURL("/chat/tea/"))
                    try await sender.send(text: "first")
                    try await script.waitFor("detail.text === 'first'")
                    for round in 1...3 {
                        // Not one of the round before.
                        let closes = "log.filter(([type]) => type === 'close').length"
                        let before = try await script.page.evaluate(closes)
                        try await link.set(.refused)
                        try await script.page.waitFor("\(closes) > \(before)", equals: "true", timeout: .seconds(20))
                        for number in 1...5 { try await sender.send(text: "\(round).\(number)") }
                        _ = try await sender.skipTexts(until: "\(round).5")
                        try await link.set(.none)
                        try await script.waitFor("detail.text === '\(round).5'", timeout: .seconds(60))
                    }
                    let texts = "log.filter(([, detail]) => detail.type === 'message').map(([, detail]) => detail.text)"
                    let expected = ["first"] + (1...3).flatMap { round in (1...5).map { "\(round).\($0)" } }
                    #expect(try await script.page.evaluate("\(texts).join()") == expected.joined(separator: ","))
                    #expect(try await script.page.evaluate("log.filter(([type]) => type === 'gap').length") == "0")
                    let resumed = "log.filter(([type, detail]) => type === 'open' && detail.resumed).length"
                    #expect(try await script.page.evaluate("String(\(resumed) >= 3)") == "true")
                    try await sender.close()
                }
            }
        }
    }

    @Test("What the server refuses for good is not tried again, and the page learns the reason")
    func refused() async throws {
        let front = try await MusterFront.start()
        try await withBrowser { browser in
            let script = try await ScriptPage.open(browser, at: front.url)
            try await script.connect("/chat/tea/", "{ last: null, parameters: { last: 'never' } }")
            try await script.waitFor("type === 'close' && detail.code === 1008 && !detail.willReconnect")
            #expect(try await script.page.evaluate("log.at(-1)[1].reason").contains("is not the id of a message"))
            #expect(try await script.page.evaluate("socket.state") == "closed")
        }
        await front.stop()
    }

    @Test("An id that never was: a gap, then all that is kept")
    func unknownID() async throws {
        let front = try await MusterFront.start()
        let sender = try await WebSocketClient.connect(front.webSocketURL("/chat/tea/"))
        try await sender.send(text: "kept")
        #expect(try await sender.nextText() == "kept")
        try await withBrowser { browser in
            let script = try await ScriptPage.open(browser, at: front.url)
            try await script.connect("/chat/tea/", "{ last: '5-5' }")
            try await script.waitFor("detail.text === 'kept'")
            #expect(try await script.page.evaluate("log.slice(0, 2).map(([type]) => type).join()") == "open,gap")
        }
        await front.stop()
    }
}
