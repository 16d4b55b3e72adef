import Testing

/// The pages before different people: their language, their screen, their keyboard.
@Suite("Pages: language, screen, keyboard")
struct PageLookTests {
    private static let pages = [
        "home": "/", "online": "/online/", "chat": "/web/", "room": "/web/tea/?name=Ann", "clock": "/clock/",
        "direct": "/direct/", "direct-list": "/direct/?name=ann", "direct-talk": "/direct/?name=ann&with=bob",
        "notifications": "/notifications/?user=ann", "echo": "/echo/", "not-found": "/nothing",
        "support": "/support/", "support-queue": "/support/?name=ann", "support-staff": "/support/staff/?name=mia",
    ]

    @Test("Light and dark, wide and 320 pixels narrow: no sideways scrolling, enough contrast, targets for fingers")
    func screens() async throws {
        let front = try await MusterFront.start()
        try await withBrowser { browser in
            let page = try await browser.open("about:blank")
            for (name, path) in Self.pages.sorted(by: { $0.key < $1.key }) {
                for (width, height) in [(320, 640), (1000, 640)] {
                    try await page.resize(width: width, height: height)
                    for dark in [false, true] {
                        try await page.prefer(dark: dark)
                        try await page.navigate(to: front.url + path)
                        let look = "\(name)-\(width)\(dark ? "-dark" : "")"
                        #expect(try await page.flaws(atWidth: width) == [], "\(look)")
                        let brightness = "getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0] > 128"
                        #expect(try await page.evaluate(brightness) == "\(!dark)", "\(look)")
                        try await page.keepPicture(look)
                    }
                }
            }
        }
        await front.stop()
    }

    @Test(
        "The language is the browser's: Chinese of any kind is Traditional Chinese, everything else English",
        arguments: [
            ("zh-TW,en", "zh-Hant", "系統 · Muster"), ("zh-HK", "zh-Hant", "系統 · Muster"),
            ("de,zh-Hant,en", "zh-Hant", "系統 · Muster"), ("zh", "zh-Hant", "系統 · Muster"),
            ("en-GB,zh-TW", "en", "Systems · Muster"), ("de", "en", "Systems · Muster"),
        ]
    )
    func languages(languages: String, language: String, title: String) async throws {
        let front = try await MusterFront.start()
        try await withBrowser { browser in
            let page = try await browser.open("about:blank")
            try await page.prefer(languages: languages)
            try await page.navigate(to: front.url)
            #expect(try await page.evaluate("document.documentElement.lang") == language)
            #expect(try await page.evaluate("document.title") == title)
            guard languages == "zh-TW,en" else { return }
            for (name, path) in Self.pages {
                try await page.navigate(to: front.url + path)
                let english = "[...document.querySelectorAll('[data-i18n]')].map(e => e.textContent)"
                let texts = try await page.evaluate("\(english).filter(t => !/\\p{Script=Han}/u.test(t))")
                #expect(texts == "[]", "\(name)")
                try await page.keepPicture("\(name)-chinese")
            }
        }
        await front.stop()
    }

    @Test("By keyboard alone: past the navigation, a name, a room, and a message there")
    func keyboard() async throws {
        let front = try await MusterFront.start()
        try await withBrowser { browser in
            let page = try await browser.open(front.url + "/web/")
            let focus = "document.activeElement.id || document.activeElement.textContent"
            try await page.press(.tab)
            try await page.waitFor(focus, equals: "Skip to the content")
            try await page.waitFor("document.activeElement.getBoundingClientRect().left >= 0", equals: "true")
            try await page.press(.enter)
            try await page.waitFor(focus, equals: "main")
            try await page.press(.tab)
            try await page.waitFor(focus, equals: "name")
            let outline = "getComputedStyle(document.activeElement).outlineWidth"
            try await page.waitFor(outline, equals: "3px")
            try await page.type("Ann")
            try await page.press(.tab)
            try await page.waitFor(focus, equals: "room")
            try await page.type("tea")
            try await page.press(.enter)
            try await page.waitFor("location.pathname", equals: "/web/tea/")
            // The name is taken along, and what comes next is to write.
            try await page.waitFor(elementID: "state", toRead: "connected")
            try await page.waitFor(focus, equals: "text")
            try await page.type("hello")
            try await page.press(.enter)
            try await page.waitFor("document.querySelector('#log .message').innerText.slice(-9)", equals: "Ann hello")
            try await page.press(.tab)
            for next in ["Send", "Attach", "close"] {
                try await page.waitFor(focus, equals: next)
                if next != "close" { try await page.press(.tab) }
            }
            try await page.press(.enter)
            try await page.waitFor(elementID: "state", toRead: "disconnected")
        }
        await front.stop()
    }
}
