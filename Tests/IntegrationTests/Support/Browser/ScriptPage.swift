/// A page that holds `/muster.js` and nothing else, to call it from a test.
struct ScriptPage: Sendable {
    let page: Page

    /// Opens the script's own address, so that the page has the front's host and policy, and loads it as a script.
    static func open(_ browser: Browser, at url: String) async throws -> ScriptPage {
        let page = try await browser.open(url + "/muster.js")
        _ = try await page.evaluate(
            """
            new Promise((loaded, failed) => {
                const script = document.createElement("script");
                script.src = "/muster.js";
                script.onload = () => loaded("");
                script.onerror = () => failed(new Error("the script cannot be loaded"));
                document.head.append(script);
            })
            """
        )
        return ScriptPage(page: page)
    }

    /// Runs statements, with a log to write to.
    ///
    /// - Parameter statements: Whatever they return is the result, as JSON.
    /// - Returns: As `Page.evaluate(_:)`.
    /// - Throws: As `Page.evaluate(_:)`.
    @discardableResult
    func run(_ statements: String) async throws -> String {
        try await page.evaluate("(async () => {\n\(statements)\n})()")
    }

    /// Opens a `MusterSocket` as the global `socket`, and writes its events to the global `log`.
    func connect(_ address: String, _ options: String = "{}") async throws {
        try await run(
            """
            log = [];
            socket = new MusterSocket("\(address)", \(options));
            for (const type of ["open", "message", "gap", "close"])
                socket.addEventListener(type, (event) => log.push([type, event.detail]));
            """
        )
    }

    /// Waits until the log holds an event whose type and detail satisfy a condition in JavaScript.
    func waitFor(_ condition: String, timeout: Duration = .seconds(20)) async throws {
        let found = "String(log.some(([type, detail]) => \(condition)))"
        do {
            try await page.waitFor(found, equals: "true", timeout: timeout)
        } catch HarnessError.timedOut(_, let time, let detail) {
            let log = try await page.evaluate("log.slice(-20)")
            throw HarnessError.timedOut(waitingFor: condition, after: time, detail: "\(log)\n\(detail)")
        }
    }

    /// Puts sockets without a network in the place of the browser's, and makes chance and time short.
    ///
    /// `sockets` holds them in order; `open`, `frame` and `end` make them do what a server does.
    func replaceSockets() async throws {
        try await run(
            """
            sockets = [];
            WebSocket = class {
                constructor(url, protocols) {
                    Object.assign(this, { url: String(url), protocols, bufferedAmount: 0, sent: [], closedWith: null });
                    sockets.push(this);
                }
                send(data) { this.sent.push(data); }
                close(code) { this.closedWith = code ?? "no code"; }
                open() { this.onopen?.({}); }
                frame(value) { this.onmessage?.({ data: typeof value === "object" ? JSON.stringify(value) : value }); }
                end(code, reason = "") { this.onclose?.({ code, reason }); }
            };
            sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
            nextSocket = async (count) => { while (sockets.length < count) await sleep(1); return sockets.at(-1); };
            follow = (...parameters) => {
                const log = [];
                const socket = new MusterSocket(...parameters);
                for (const type of ["open", "message", "gap", "close"])
                    socket.addEventListener(type, (event) => log.push([type, event.detail]));
                return [socket, log];
            };
            quick = { minimumDelay: 1, maximumDelay: 8 };
            """
        )
    }
}

/// Runs `body` with the script in a browser, with sockets that it makes do what servers do.
func withScript(_ body: (ScriptPage) async throws -> Void) async throws {
    let front = try await MusterFront.start()
    do {
        try await withBrowser { browser in
            let script = try await ScriptPage.open(browser, at: front.url)
            try await script.replaceSockets()
            try await body(script)
        }
        await front.stop()
    } catch {
        await front.stop()
        throw error
    }
}
