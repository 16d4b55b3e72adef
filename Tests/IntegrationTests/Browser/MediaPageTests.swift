import Testing

/// Files in conversations, as people send and see them.
@Suite("Pages: files")
struct MediaPageTests {
    /// What the pages show of the files: what it is, and whether it is really there.
    private static let shown = """
        [...document.querySelectorAll("#log :is(img, audio, video)")].map((one) => one.localName === "img"
          ? `img ${one.naturalWidth} ${one.alt}`
          : `${one.localName} ${one.controls ? "with" : "without"} controls ${one.readyState > 0 && one.duration > 0}`)
        """
    private static let problem = "document.querySelector('.upload .problem').textContent"
    private static let isBusy = "document.querySelector('.upload .progress').checkVisibility()"

    @Test("A picture, a sound and a film, sent in the chat over one front, are shown and played over another")
    func chat() async throws {
        try await withMediaFronts(2) { fronts in
            try await withBrowser { browser in
                let bo = try await browser.open(fronts[1].url + "/web/tea/?name=Bo")
                let ann = try await browser.open(fronts[0].url + "/web/tea/?name=Ann")
                for page in [ann, bo] { try await page.waitFor(elementID: "people", toRead: "2") }
                try await ann.choose("[\(MadeFiles.picture()), \(MadeFiles.sound()), \(MadeFiles.film())]")
                try await ann.waitFor("document.querySelectorAll('#log .media').length", equals: "3")
                for page in [bo, ann] {
                    // Pictures are loaded once somebody looks.
                    try await page.keepPicture("chat-files")
                    try await page.waitFor(
                        Self.shown,
                        equals: #"["img 64 picture.png","audio with controls true","video with controls true"]"#
                    )
                }
                try await bo.keepPicture("chat-files")
                #expect(try await ann.evaluate(Self.problem) == "")
                #expect(try await ann.evaluate(Self.isBusy) == "false")
            }
        }
    }

    @Test("In direct messages too: to the one whose conversation was open, and to nobody else")
    func direct() async throws {
        try await withMediaFronts(2) { fronts in
            try await withBrowser { browser in
                let bob = try await DirectPageTests.open(browser, fronts[1].url, "bob", with: "ann")
                let cid = try await DirectPageTests.open(browser, fronts[1].url, "cid", with: "ann")
                let ann = try await DirectPageTests.open(browser, fronts[0].url, "ann", with: "bob")
                try await ann.limitSending(to: 100_000)
                try await ann.choose("[\(MadeFiles.sound(seconds: 10)), \(MadeFiles.picture()), \(MadeFiles.film())]")
                // The conversation that is open when they have arrived is another.
                try await ann.enter("cid", into: "other")
                try await ann.waitFor(Self.isBusy, equals: "false")
                try await bob.keepPicture("direct-files")
                try await bob.waitFor(
                    Self.shown,
                    equals: #"["audio with controls true","img 64 picture.png","video with controls true"]"#
                )
                try await bob.keepPicture("direct-files")
                try await ann.enter("no files", into: "text")
                try await cid.waitFor(DirectPageTests.texts, equals: #"["ann: no files"]"#)
                #expect(try await cid.evaluate("document.querySelectorAll('.media').length") == "0")
            }
        }
    }

    @Test("While a large file is sent a bar shows how far it is; stopped, nothing is said to the room")
    func progress() async throws {
        try await withMediaFronts(1) { fronts in
            try await withBrowser { browser in
                let page = try await browser.open(fronts[0].url + "/web/tea/?name=Ann")
                try await page.waitFor(elementID: "state", toRead: "connected")
                try await page.limitSending(to: 400_000)
                try await page.choose("[\(MadeFiles.sound("long.wav", seconds: 1000)), \(MadeFiles.picture())]")
                let value = "document.querySelector('.upload progress').value"
                try await page.waitFor("\(Self.isBusy) && \(value) > 0.02 && \(value) < 1", equals: "true")
                #expect(try await page.evaluate("document.querySelector('.progress').textContent").contains("long.wav"))
                try await page.keepPicture("upload-progress")
                _ = try await page.evaluate("document.querySelector('.upload .stop').click()")
                try await page.waitFor(Self.isBusy, equals: "false")
                try await page.enter("after", into: "text")
                try await page.waitFor("document.querySelectorAll('#log .message').length", equals: "1")
                #expect(try await page.evaluate("document.querySelectorAll('.media').length") == "0")
                #expect(try await page.evaluate(Self.problem) == "")
            }
        }
    }

    @Test("A file that the server refuses: the page says which and why, and goes on with the next")
    func refused() async throws {
        try await withMediaFronts(1) { fronts in
            try await withBrowser { browser in
                let page = try await browser.open(fronts[0].url + "/web/tea/?name=Ann")
                try await page.waitFor(elementID: "state", toRead: "connected")
                let name = "<img src=x onerror='window.ran=1'>.png"
                let large = "new File([new Uint8Array(17 << 20)], 'large.png')"
                let program = "new File([Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0])], 'program.png')"
                try await page.choose("[\(large), \(program), \(MadeFiles.picture(name))]")
                try await page.waitFor("document.querySelectorAll('#log .media img').length", equals: "1")
                let problems = "[...document.querySelectorAll('.upload .problem span')].map(e => e.textContent)"
                let texts = try await page.evaluate("\(problems).join('\\n')").split(separator: "\n")
                #expect(texts.count == 2)
                #expect(texts.first?.hasPrefix("large.png: ") == true && texts.last?.hasPrefix("program.png: ") == true)
                #expect(try await page.evaluate("document.querySelector('.problem').role ?? ''").isEmpty == false)
                try await page.keepPicture("upload-refused")
                #expect(try await page.evaluate("document.querySelectorAll('#log img').length") == "1")
                #expect(try await page.evaluate("typeof window.ran") == "undefined")
            }
        }
    }
}

/// Runs `body` with fronts that share a directory for uploads.
func withMediaFronts<Result>(
    _ count: Int,
    arguments: [String] = [],
    _ body: (Fronts) async throws -> Result
) async throws -> Result {
    let directory = try TemporaryDirectory(prefix: "muster-media")
    defer { try? directory.remove() }
    return try await withFronts(count, arguments: ["--media-directory", directory.path] + arguments, body)
}
