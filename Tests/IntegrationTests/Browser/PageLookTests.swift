import Testing

/// The pages before different people: their language, their screen, their keyboard.
@Suite("Pages: language, screen, keyboard")
struct PageLookTests {
    private static let pages = [
        "home": "/", "online": "/online/", "chat": "/web/", "room": "/web/tea/?name=Ann", "clock": "/clock/",
        "notifications": "/notifications/?user=ann", "echo": "/echo/", "not-found": "/nothing",
    ]

    /// What the texts of the page lack of the contrast that WCAG 2 asks for at level AA (4.5 to 1).
    private static let faintTexts = """
        (() => {
          const luminance = (color) => {
            const [r, g, b] = color.match(/[\\d.]+/g).map((part) => {
              const value = part / 255;
              return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
            });
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const background = (element) => {
            for (let at = element; at; at = at.parentElement) {
              const color = getComputedStyle(at).backgroundColor;
              if (color !== "rgba(0, 0, 0, 0)") return color;
            }
            return "rgb(255, 255, 255)";
          };
          const faint = [];
          for (const element of document.querySelectorAll("body *")) {
            const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
            if (!hasText && !element.matches("input")) continue;
            if (!element.checkVisibility() || element.matches("noscript")) continue;
            const pair = [luminance(getComputedStyle(element).color), luminance(background(element))];
            const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
            if (contrast < 4.5) faint.push(`${element.outerHTML.slice(0, 60)}: ${contrast.toFixed(2)}`);
          }
          return faint;
        })()
        """

    /// What can be pressed and is smaller than a finger: a card of the index is pressed anywhere.
    private static let smallTargets = """
        [...document.querySelectorAll("nav a, button, input, .button")]
          .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height < 44)
          .map((element) => element.outerHTML.slice(0, 60))
        """

    /// What cannot be told by ear: fields and groups without a name.
    private static let nameless = """
        (nameOf => [...document.querySelectorAll("input, button, a, section, aside, nav, [role=log], [role=timer]")]
          .filter((element) => element.matches("div, section, aside, nav") || !nameOf(element))
          .filter((element) => !element.ariaLabel && !element.hasAttribute("aria-labelledby"))
          .map((element) => element.outerHTML.slice(0, 60)))
          ((element) => (element.labels?.[0] ?? element).textContent.trim())
        """

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
                        // Less by the scroll bar where the page is higher than the window.
                        let fits = "document.documentElement.scrollWidth <= innerWidth && innerWidth === \(width)"
                        #expect(try await page.evaluate(fits) == "true", "\(look)")
                        #expect(try await page.evaluate(Self.faintTexts) == "[]", "\(look)")
                        #expect(try await page.evaluate(Self.smallTargets) == "[]", "\(look)")
                        #expect(try await page.evaluate(Self.nameless) == "[]", "\(look)")
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
            #expect(try await page.evaluate(focus) == "Skip to the content")
            #expect(try await page.evaluate("document.activeElement.getBoundingClientRect().left >= 0") == "true")
            try await page.press(.enter)
            try await page.waitFor(focus, equals: "main")
            try await page.press(.tab)
            try await page.waitFor(focus, equals: "name")
            let outline = "getComputedStyle(document.activeElement).outlineWidth"
            #expect(try await page.evaluate(outline) == "3px")
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
            #expect(try await page.evaluate(focus) == "Send")
            try await page.press(.tab)
            #expect(try await page.evaluate(focus) == "close")
            try await page.press(.enter)
            try await page.waitFor(elementID: "state", toRead: "disconnected")
        }
        await front.stop()
    }
}
