import Testing

/// The pages that show what is now, in windows on different fronts.
@Suite("Pages: live counts, clock, echo")
struct LivePagesTests {
    @Test("The index counts the connections of each system, wherever they are")
    func index() async throws {
        try await withFronts(2) { fronts in
            try await withBrowser { browser in
                let index = try await browser.open(fronts[0].url)
                let counts =
                    "Object.fromEntries([...document.querySelectorAll('[data-count]')]"
                    + ".map(e => [e.dataset.count, e.textContent]))"
                try await index.waitFor(
                    counts,
                    equals:
                        #"{"users":"0","chat":"0","direct":"0","support":"0","notifications":"0","clock":"0","echo":"0"}"#
                )
                let chat = try await browser.open(fronts[1].url + "/web/")
                for (front, path) in [
                    (0, "/online/"), (1, "/online/"), (0, "/web/tea/"), (1, "/clock/"), (1, "/echo/"),
                ] {
                    _ = try await browser.open(fronts[front].url + path)
                }
                _ = try await browser.open(fronts[1].url + "/notifications/?user=ann")
                try await index.waitFor(
                    counts,
                    equals:
                        #"{"users":"2","chat":"2","direct":"0","support":"0","notifications":"1","clock":"1","echo":"1"}"#
                )
                try await index.keepPicture("index-counts")
                try await chat.close()
                try await index.waitFor(
                    counts,
                    equals:
                        #"{"users":"2","chat":"1","direct":"0","support":"0","notifications":"1","clock":"1","echo":"1"}"#
                )
                #expect(
                    try await index.evaluate("document.querySelector('[data-count=chat]').ariaLabel")
                        == "connections: 1"
                )
            }
        }
    }

    @Test("The clock of each front ticks once a second, in every window")
    func clock() async throws {
        try await withFronts(2) { fronts in
            try await withBrowser { browser in
                let pages = [
                    try await browser.open(fronts[0].url + "/clock/"),
                    try await browser.open(fronts[0].url + "/clock/"),
                    try await browser.open(fronts[1].url + "/clock/"),
                ]
                for page in pages {
                    try await page.waitFor(elementID: "state", toRead: "connected")
                    let isTime =
                        "/^\\d\\d:\\d\\d:\\d\\d$/.test(document.getElementById('clock').textContent)"
                    try await page.waitFor(isTime, equals: "true")
                    let isDate = "/^\\d{4}\\.\\d\\d\\.\\d\\d$/.test(document.getElementById('date').textContent)"
                    #expect(try await page.evaluate(isDate) == "true")
                    // Three changes of the text, in each window.
                    let ticks = """
                        new Promise((done) => {
                          let times = new Set();
                          new MutationObserver(() => {
                            times.add(document.getElementById("clock").textContent);
                            if (times.size === 3) done("ticks");
                          }).observe(document.getElementById("clock"), { childList: true });
                        })
                        """
                    #expect(try await page.evaluate(ticks) == "ticks")
                }
                try await pages[0].keepPicture("clock")
            }
        }
    }

    @Test("The echo page shows what went and what came back, as text and as bytes")
    func echo() async throws {
        try await withFronts(1) { fronts in
            try await withBrowser { browser in
                let page = try await browser.open(fronts[0].url + "/echo/")
                try await page.waitFor(elementID: "state", toRead: "connected")
                try await page.enter("<b>hé</b>", into: "text")
                let lines = "[...document.querySelectorAll('#log p')].map(e => e.textContent.split(' · ')[0])"
                try await page.waitFor(lines, equals: #"["→ “<b>hé</b>”","← “<b>hé</b>”"]"#)
                try await page.click("bytes")
                try await page.waitFor(
                    "\(lines).slice(2)",
                    equals:
                        #"["→ 10 bytes: 3c 62 3e 68 c3 a9 3c 2f 62 3e","← 10 bytes: 3c 62 3e 68 c3 a9 3c 2f 62 3e"]"#
                )
                #expect(try await page.evaluate("document.querySelectorAll('#log b').length") == "0")
                try await page.keepPicture("echo")
            }
        }
    }

    @Test("A text too large ends the echo; a button leads back")
    func echoAgain() async throws {
        try await withFronts(1) { fronts in
            try await withBrowser { browser in
                let page = try await browser.open(fronts[0].url + "/echo/")
                try await page.waitFor(elementID: "state", toRead: "connected")
                #expect(try await page.evaluate("document.getElementById('connect').hidden") == "true")
                _ = try await page.evaluate("document.getElementById('text').value = 'x'.repeat((1 << 20) + 1)")
                _ = try await page.evaluate("document.getElementById('form').requestSubmit()")
                try await page.waitFor("document.getElementById('connect').hidden", equals: "false")
                try await page.waitFor(elementID: "state", toRead: "disconnected")
                try await page.click("connect")
                try await page.waitFor(elementID: "state", toRead: "connected")
                #expect(try await page.evaluate("document.getElementById('connect').hidden") == "true")
                _ = try await page.evaluate("document.getElementById('text').value = ''")
                try await page.enter("short", into: "text")
                try await page.waitFor(
                    "document.querySelector('#log p:last-child').textContent.slice(0, 9)",
                    equals: "← “short”"
                )
            }
        }
    }

    @Test("A front that ends: the pages say so, and go on at the other")
    func frontEnds() async throws {
        try await withFronts(1) { fronts in
            try await withBrowser { browser in
                let page = try await browser.open(fronts[0].url + "/online/")
                try await page.waitFor(elementID: "count", toRead: "1")
                fronts[0].kill9()
                try await page.waitFor(elementID: "count", toRead: "–")
                try await page.waitFor(elementID: "state", toRead: "disconnected")
                #expect(try await page.evaluate("document.getElementById('state').dataset.state") == "disconnected")
                try await fronts[0].restart()
                try await page.waitFor(elementID: "state", toRead: "connected", timeout: .seconds(60))
                try await page.waitFor(elementID: "count", toRead: "1", timeout: .seconds(60))
            }
        }
    }
}
