import Testing

/// The chat as people see it, in windows on different fronts.
@Suite("Pages: chat")
struct ChatPageTests {
    /// Each message as `name: text`.
    private static let texts = """
        [...document.querySelectorAll("#log .message")].map(
          (line) => `${line.querySelector(".name").textContent}: ${line.lastChild.data}`)
        """
    private static let names = "[...document.querySelectorAll('#names li')].map(e => e.textContent).join()"
    private static let events = "[...document.querySelectorAll('#log .event')].map(e => e.textContent)"

    @Test("Two people on two fronts: what one writes both see, who is there, how many, and who comes and goes")
    func twoPeople() async throws {
        try await withFronts(2) { fronts in
            try await withBrowser { browser in
                let ann = try await browser.open(fronts[0].url + "/web/tea/?name=Ann")
                let bo = try await browser.open(fronts[1].url + "/web/tea/?name=Bo")
                let pages = [ann, bo]
                for page in pages {
                    try await page.waitFor(Self.names, equals: "Ann,Bo")
                    try await page.waitFor(elementID: "people", toRead: "2")
                    try await page.waitFor(elementID: "connections", toRead: "2")
                }
                try await ann.enter("Good morning!", into: "text")
                for page in pages { try await page.waitFor(Self.texts, equals: #"["Ann: Good morning!"]"#) }
                try await bo.enter("早安", into: "text")
                for page in pages { try await page.waitFor(Self.texts, equals: #"["Ann: Good morning!","Bo: 早安"]"#) }
                #expect(try await ann.evaluate("document.getElementById('text').value") == "")
                #expect(try await bo.evaluate("document.querySelectorAll('#log .mine').length") == "1")

                // A second window of one person: one connection more, no person more; and what was said before.
                let again = try await browser.open(fronts[0].url + "/web/tea/?name=Bo")
                for page in pages + [again] {
                    try await page.waitFor(elementID: "connections", toRead: "3")
                    try await page.waitFor(elementID: "people", toRead: "2")
                    try await page.waitFor(Self.names, equals: "Ann,Bo")
                    try await page.waitFor(Self.texts, equals: #"["Ann: Good morning!","Bo: 早安"]"#)
                }
                try await ann.keepPicture("chat-ann")
                try await again.close()
                try await bo.close()
                try await ann.waitFor(elementID: "connections", toRead: "1")
                try await ann.waitFor(Self.names, equals: "Ann")
                try await ann.waitFor("\(Self.events).at(-1)", equals: "Bo has gone.")
            }
        }
    }

    @Test("Who came and went while a front's relay was away is shown, in a room that caught up from its history")
    func relayAway() async throws {
        try await withTestRedis { redis in
            try await withFaultyLink(to: redis.port) { link in
                let quick = ["--leave-grace", "0.2"]
                let front = try await MusterFront.start(redis: link.url, arguments: quick)
                let other = try await MusterFront.start(redis: redis.url, arguments: quick)
                for front in [front, other] { try await front.waitUntilReady() }
                try await withBrowser { browser in
                    let page = try await browser.open(front.url + "/web/tea/?name=Ann")
                    let bo = try await Chatter.connect(other.webSocketURL("/chat/tea/"), "name=Bo")
                    try await page.waitFor(Self.names, equals: "Ann,Bo")
                    // From here on there is a history to catch up from.
                    try await bo.say("hello")
                    try await page.waitFor(Self.texts, equals: #"["Bo: hello"]"#)
                    try await link.set(.refused)
                    let cem = try await Chatter.connect(other.webSocketURL("/chat/tea/"), "name=Cem")
                    try await bo.client.close()
                    try await cem.waitForCount(connections: 2, people: 2)
                    try await cem.say("Bo is gone")
                    _ = try await cem.nextText()
                    try await page.waitFor(Self.names, equals: "Ann,Bo")
                    try await link.set(.none)
                    try await page.waitFor(Self.names, equals: "Ann,Cem", timeout: .seconds(30))
                    try await page.waitFor(Self.texts, equals: #"["Bo: hello","Cem: Bo is gone"]"#)
                }
                for front in [front, other] { await front.stop() }
            }
        }
    }

    @Test("Two rooms never hear each other")
    func rooms() async throws {
        try await withFronts(2) { fronts in
            try await withBrowser { browser in
                let tea = try await browser.open(fronts[0].url + "/web/tea/?name=Ann")
                let coffee = try await browser.open(fronts[1].url + "/web/coffee/?name=Bo")
                let lobby = try await browser.open(fronts[1].url + "/web/")
                for page in [tea, coffee, lobby] { try await page.waitFor(elementID: "connections", toRead: "1") }
                try await tea.enter("for tea", into: "text")
                try await coffee.enter("for coffee", into: "text")
                try await lobby.enter("for all in the lobby", into: "text")
                try await tea.waitFor(Self.texts, equals: #"["Ann: for tea"]"#)
                try await coffee.waitFor(Self.texts, equals: #"["Bo: for coffee"]"#)
                try await lobby.waitFor(Self.texts, equals: #"["somebody: for all in the lobby"]"#)
                // Once more: what had gone astray before would stand between.
                try await tea.enter("more tea", into: "text")
                try await tea.waitFor(Self.texts, equals: #"["Ann: for tea","Ann: more tea"]"#)
                #expect(try await coffee.evaluate(Self.texts) == #"["Bo: for coffee"]"#)
                try await tea.waitFor(Self.names, equals: "Ann")
            }
        }
    }

    @Test("Markup is shown as it was typed: no element is made of it, no script runs")
    func markup() async throws {
        try await withFronts(2) { fronts in
            try await withBrowser { browser in
                let name = "%3Cimg%20src=x%20onerror='window.ran=1'%3E"
                let reader = try await browser.open(fronts[0].url + "/web/tea/?name=Ann")
                let writer = try await browser.open(fronts[1].url + "/web/tea/?name=\(name)")
                try await writer.waitFor(elementID: "state", toRead: "connected")
                let text = #"<img src=x onerror="window.ran=1"><script>window.ran=1</script><b>bold</b>&amp;"#
                try await writer.enter(text, into: "text")
                for page in [reader, writer] {
                    try await page.waitFor(
                        "document.querySelector('#log .message')?.lastChild.data ?? ''",
                        equals: text
                    )
                    #expect(try await page.evaluate("document.querySelectorAll('main :is(img, script)').length") == "0")
                    #expect(try await page.evaluate("document.querySelectorAll('#log b:not(.name)').length") == "0")
                    #expect(try await page.evaluate("typeof window.ran") == "undefined")
                    try await page.waitFor("document.querySelectorAll('#names li').length", equals: "2")
                }
                try await reader.keepPicture("chat-markup")
            }
        }
    }

    @Test("The close button: the server says that it closes as asked, the page stays away, and comes back when told")
    func close() async throws {
        try await withFronts(1) { fronts in
            try await withBrowser { browser in
                let page = try await browser.open(fronts[0].url + "/web/?name=Ann")
                try await page.waitFor(elementID: "people", toRead: "1")
                try await page.enter("before", into: "text")
                try await page.waitFor(Self.texts, equals: #"["Ann: before"]"#)
                try await page.click("close")
                try await page.waitFor(elementID: "state", toRead: "disconnected")
                try await page.waitFor("\(Self.events).at(-1)", equals: "Disconnected (1000).")
                #expect(try await page.evaluate("\(Self.events).at(-2)").lowercased().contains("clos"))
                // Names are shown anew with the next picture.
                try await page.waitFor(Self.names, equals: "")
                // What is written now is not sent, and said to be not.
                try await page.enter("lost", into: "text")
                try await page.waitFor(
                    "document.querySelector('#log .error')?.textContent.slice(0, 9)",
                    equals: "Not sent:"
                )
                #expect(try await page.evaluate("document.getElementById('text').value") == "lost")
                try await page.waitFor(elementID: "close", toRead: "Connect")
                try await page.click("close")
                try await page.waitFor(elementID: "state", toRead: "connected")
                try await page.waitFor(Self.texts, equals: #"["Ann: before"]"#)
            }
        }
    }

    @Test("A room's or a person's name against the rules: the page says what is wrong, and does not try again")
    func badNames() async throws {
        try await withFronts(1) { fronts in
            try await withBrowser { browser in
                for path in ["/web/no%20room/", "/web/%E8%8C%B6/", "/web/tea/?name=%00"] {
                    let page = try await browser.open(fronts[0].url + path)
                    try await page.waitFor("\(Self.events).at(-1).slice(0, 20)", equals: "Disconnected (1008: ")
                    try await page.waitFor(elementID: "close", toRead: "Connect")
                }
            }
        }
    }
}
