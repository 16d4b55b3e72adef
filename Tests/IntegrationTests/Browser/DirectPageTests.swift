import Testing

/// Direct messages as people see them, in windows on different fronts.
@Suite("Pages: direct messages")
struct DirectPageTests {
    /// Each message of the open conversation as `name: text`.
    static let texts = """
        [...document.querySelectorAll("#log .message")].map(
          (line) => `${line.querySelector(".name").textContent}: ${line.querySelector(".text").textContent}`)
        """
    static let marks = "[...document.querySelectorAll('#log .mine .mark')].map(e => e.firstChild?.data).join()"
    static let unread = "document.querySelector('#people .badge')?.firstChild.data ?? 'none'"

    /// Opens a user's page, in front of its user or behind another tab.
    static func open(
        _ browser: Browser,
        _ url: String,
        _ name: String,
        with peer: String? = nil,
        visible: Bool = true
    ) async throws -> Page {
        let page = try await browser.open(url + "/direct/?name=\(name)" + (peer.map { "&with=\($0)" } ?? ""))
        try await page.show(visible)
        try await page.waitFor(elementID: "state", toRead: "connected")
        return page
    }

    @Test("Two users on two fronts, and a second tab: unread numbers, answers, marks that tell how far a message came")
    func twoUsers() async throws {
        try await withFronts(2) { fronts in
            try await withBrowser { browser in
                let bob = try await Self.open(browser, fronts[1].url, "bob")
                let ann = try await Self.open(browser, fronts[0].url, "ann", with: "bob")
                let online = "document.querySelector('#people [data-name=ann].online .seen')?.textContent"
                try await bob.waitFor(online, equals: "online")
                try await ann.enter("hello", into: "text")
                try await ann.waitFor(Self.texts, equals: #"["ann: hello"]"#)
                try await ann.waitFor(Self.marks, equals: "✓✓ delivered")
                #expect(try await ann.evaluate("document.getElementById('text').value") == "")
                try await bob.waitFor(Self.unread, equals: "1")
                try await bob.waitFor("document.title", equals: "(1) Direct messages · Muster")
                try await ann.enter("are you there?", into: "text")
                try await bob.waitFor(Self.unread, equals: "2")
                #expect(try await fronts.redis.cli("hgetall", "asgi:unread:{bob}") == "ann\n2")
                try await bob.keepPicture("direct-unread")

                let second = try await Self.open(browser, fronts[0].url, "bob", with: "ann", visible: false)
                try await second.waitFor(Self.texts, equals: #"["ann: hello","ann: are you there?"]"#)
                // It is open there, but nobody looks.
                for tab in [bob, second] { try await tab.waitFor(Self.unread, equals: "2") }
                _ = try await bob.evaluate("document.querySelector('#people [data-name=ann]').click()")
                try await bob.waitFor(Self.texts, equals: #"["ann: hello","ann: are you there?"]"#)
                for tab in [bob, second] {
                    try await tab.waitFor(Self.unread, equals: "none")
                    try await tab.waitFor("document.title", equals: "Direct messages · Muster")
                }
                try await ann.waitFor(Self.marks, equals: "✓✓ read,✓✓ read")
                #expect(try await fronts.redis.cli("hgetall", "asgi:unread:{bob}") == "")

                try await bob.enter("yes", into: "text")
                let all = #"["ann: hello","ann: are you there?","bob: yes"]"#
                for page in [ann, bob, second] { try await page.waitFor(Self.texts, equals: all) }
                for tab in [bob, second] { try await tab.waitFor(Self.marks, equals: "✓✓ read") }
                try await ann.keepPicture("direct-ann")
                try await bob.close()
                try await second.close()
                let seen = "document.querySelector('#people [data-name=bob]:not(.online) .seen')?.textContent"
                try await ann.waitFor(seen, equals: "here just now")
            }
        }
    }

    @Test("What came while a user was away is there at the return, in order, and stays unread until it was looked at")
    func away() async throws {
        try await withFronts(2) { fronts in
            try await withBrowser { browser in
                let before = try await Self.open(browser, fronts[0].url, "bob")
                try await before.close()
                let ann = try await Self.open(browser, fronts[0].url, "ann", with: "bob")
                for number in 1...3 { try await ann.enter("\(number)", into: "text") }
                try await ann.waitFor(Self.marks, equals: "✓ sent,✓ sent,✓ sent")

                let bob = try await Self.open(browser, fronts[1].url, "bob", visible: false)
                let address = try await bob.evaluate("location.href")
                for _ in 1...2 {
                    try await bob.waitFor(Self.unread, equals: "3")
                    try await bob.navigate(to: "about:blank")
                    try await bob.navigate(to: address)
                    try await bob.show(false)
                }
                _ = try await bob.evaluate("document.querySelector('#people [data-name=ann]').click()")
                let all = #"["ann: 1","ann: 2","ann: 3"]"#
                try await bob.waitFor(Self.texts, equals: all)
                try await bob.waitFor(Self.unread, equals: "3")
                try await bob.show()
                try await bob.waitFor(Self.unread, equals: "none")
                try await ann.waitFor(Self.marks, equals: "✓✓ read,✓✓ read,✓✓ read")
                // The server has them no more; the tab shows them still.
                try await bob.navigate(to: address + "&with=ann")
                try await bob.waitFor(elementID: "state", toRead: "connected")
                try await bob.waitFor(Self.texts, equals: all)
                try await bob.keepPicture("direct-away")
            }
        }
    }

    @Test("A front is killed while its user writes: all is accepted at the other, once, in order")
    func frontKilled() async throws {
        try await withFronts(2) { fronts in
            let balancer = try await LoadBalancer.start(frontPorts: fronts.fronts.map(\.port))
            try await eventually("HAProxy sees a ready front") { try await balancer.get("/readyz").status == 200 }
            try await withBrowser { browser in
                let ann = try await Self.open(browser, balancer.url, "ann", with: "bob")
                let index = try await fronts.metric("muster_connections", of: 0) == 1 ? 0 : 1
                let bob = try await Self.open(browser, fronts[1 - index].url, "bob", with: "ann")
                let write = """
                    for (const number of numbers) {
                        document.getElementById("text").value = number;
                        document.getElementById("form").requestSubmit();
                    }
                    """
                _ = try await ann.evaluate("(() => { const numbers = [...Array(30).keys()]; \(write) })()")
                fronts[index].kill9()
                _ = try await ann.evaluate("(() => { const numbers = [30, 31, 32]; \(write) })()")
                let all = "[" + (0...32).map { "\"ann: \($0)\"" }.joined(separator: ",") + "]"
                try await bob.waitFor(Self.texts, equals: all, timeout: .seconds(60))
                try await ann.waitFor(Self.texts, equals: all)
                let states = "[...new Set(\(Self.marks).split(','))].join()"
                try await ann.waitFor(states, equals: "✓✓ read", timeout: .seconds(60))
                try await ann.keepPicture("direct-front-killed")
            }
            await balancer.stop()
        }
    }

    @Test("Nobody of that name: the message says so and keeps; sent again once the user was here, it arrives")
    func nobody() async throws {
        try await withFronts(1) { fronts in
            try await withBrowser { browser in
                let ann = try await Self.open(browser, fronts[0].url, "ann")
                try await ann.enter("cid", into: "other")
                try await ann.waitFor("location.search", equals: "?name=ann&with=cid")
                try await ann.enter("hi", into: "text")
                try await ann.waitFor(Self.marks, equals: "✗ That was not sent: nobody called cid was ever here.")
                try await ann.keepPicture("direct-nobody")
                let cid = try await Self.open(browser, fronts[0].url, "cid", with: "ann")
                _ = try await ann.evaluate("document.querySelector('#log .mark button').click()")
                try await cid.waitFor(Self.texts, equals: #"["ann: hi"]"#)
                try await ann.waitFor(Self.marks, equals: "✓✓ read")
            }
        }
    }

    @Test("Markup is shown as it was typed; a name against the rules is refused, whoever made the link")
    func markup() async throws {
        try await withFronts(1) { fronts in
            try await withBrowser { browser in
                let bad = "%3Cimg%20src=x%20onerror='window.ran=1'%3E"
                let bob = try await Self.open(browser, fronts[0].url, "bob", with: bad)
                #expect(try await bob.evaluate("document.getElementById('form').hidden") == "true")
                let ann = try await Self.open(browser, fronts[0].url, "ann", with: "bob")
                let text = #"<img src=x onerror="window.ran=1"><script>window.ran=1</script><b>bold</b>&amp;"#
                try await ann.enter(text, into: "text")
                try await bob.waitFor(Self.unread, equals: "1")
                _ = try await bob.evaluate("document.querySelector('#people [data-name=ann]').click()")
                for page in [ann, bob] {
                    let shown = "document.querySelector('#log .text')?.textContent"
                    try await page.waitFor(shown, equals: text)
                    #expect(try await page.evaluate("document.querySelectorAll('main :is(img, script)').length") == "0")
                    #expect(try await page.evaluate("document.querySelectorAll('#log b:not(.name)').length") == "0")
                    #expect(try await page.evaluate("typeof window.ran") == "undefined")
                }
                for name in [bad, "..", "a%20b", "counts", String(repeating: "x", count: 91)] {
                    try await ann.navigate(to: fronts[0].url + "/direct/?name=\(name)")
                    try await ann.waitFor("document.getElementById('notice').checkVisibility()", equals: "true")
                    #expect(try await ann.evaluate("document.getElementById('desk').hidden") == "true")
                    #expect(try await ann.evaluate("document.querySelectorAll('main img').length") == "0")
                }
            }
        }
    }

    @Test("On a phone there is one pane: the list, or a conversation, and back; what was begun to write stays")
    func phone() async throws {
        try await withFronts(1) { fronts in
            try await withBrowser { browser in
                let bob = try await Self.open(browser, fronts[0].url, "bob")
                let ann = try await Self.open(browser, fronts[0].url, "ann")
                try await ann.resize(width: 375, height: 667)
                let panes = "['list', 'talk'].map(id => document.getElementById(id).checkVisibility())"
                #expect(try await ann.evaluate(panes) == "[true,false]")
                try await ann.waitFor("String(!!document.querySelector('#people [data-name=bob]'))", equals: "true")
                try await ann.keepPicture("direct-phone-list")
                _ = try await ann.evaluate("document.querySelector('#people [data-name=bob]').click()")
                #expect(try await ann.evaluate(panes) == "[false,true]")
                try await ann.type("unfinis")
                try await ann.keepPicture("direct-phone-talk")
                try await ann.click("back")
                #expect(try await ann.evaluate(panes) == "[true,false]")
                // The phone's own way back.
                _ = try await ann.evaluate("history.back()")
                try await ann.waitFor(panes, equals: "[false,true]")
                #expect(try await ann.evaluate("document.getElementById('text').value") == "unfinis")
                let address = try await ann.evaluate("location.href")
                try await ann.navigate(to: "about:blank")
                try await ann.navigate(to: address)
                try await ann.waitFor("document.getElementById('text').value", equals: "unfinis")
                try await bob.close()
            }
        }
    }
}
