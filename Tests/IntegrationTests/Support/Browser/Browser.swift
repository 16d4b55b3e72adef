import Foundation

/// A real headless Chromium of a test's own, driven over the DevTools protocol.
final class Browser: Sendable {
    private struct Target: Codable, Sendable {
        var targetId: String
    }

    private struct Context: Codable, Sendable {
        var browserContextId: String
    }

    private struct NewTarget: Encodable, Sendable {
        var url = "about:blank"
        var browserContextId: String?
    }

    private struct Attach: Encodable, Sendable {
        var targetId: String
        var flatten = true
    }

    private struct Session: Decodable, Sendable {
        var sessionId: String
    }

    let process: ChildProcess
    /// The DevTools address of the browser itself.
    let devToolsURL: String
    private let profile: TemporaryDirectory
    private let connection: DevToolsConnection

    private init(
        process: ChildProcess,
        devToolsURL: String,
        profile: TemporaryDirectory,
        connection: DevToolsConnection
    ) {
        self.process = process
        self.devToolsURL = devToolsURL
        self.profile = profile
        self.connection = connection
    }

    /// Starts a browser with an empty profile.
    ///
    /// - Returns: The browser, without a page yet.
    /// - Throws: ``HarnessError`` when Chromium is not installed or does not come up.
    static func start() async throws -> Browser {
        let executable = try Executables.path(ofAny: ["chromium", "chromium-browser", "google-chrome"])
        let profile = try TemporaryDirectory(prefix: "muster-chromium")
        let process = try await ChildProcess.start(executable, arguments(profile: profile.path))
        let line = try await process.waitForLine(containing: "DevTools listening on ws://", timeout: .seconds(60))
        guard let start = line.range(of: "ws://") else {
            throw HarnessError.unexpected("no address in Chromium's line “\(line)”")
        }
        let url = String(line[start.lowerBound...])
        let connection = try await DevToolsConnection.connect(url)
        return Browser(process: process, devToolsURL: url, profile: profile, connection: connection)
    }

    /// Opens a tab.
    ///
    /// - Parameters:
    ///   - url: What to load; the call returns when the page's `load` event has passed.
    ///   - privately: With cookies and storage of its own, as another person's browser would have.
    /// - Returns: The loaded page.
    /// - Throws: ``HarnessError`` when the page cannot be loaded.
    func open(_ url: String, privately: Bool = false) async throws -> Page {
        var newTarget = NewTarget()
        if privately {
            let context: Context = try await connection.call("Target.createBrowserContext", DevToolsConnection.Empty())
            newTarget.browserContextId = context.browserContextId
        }
        let target: Target = try await connection.call("Target.createTarget", newTarget)
        let session: Session = try await connection.call("Target.attachToTarget", Attach(targetId: target.targetId))
        let page = Page(target: target.targetId, session: session.sessionId, connection: connection)
        try await page.prepare()
        try await page.navigate(to: url)
        return page
    }

    /// Ends the browser and deletes its profile; safe to call twice.
    func stop() async {
        connection.close()
        // At once and with its helpers: asked politely, those go on writing into the profile for a while.
        process.kill9()
        await process.stop()
        try? await eventually("the profile's deletion", timeout: .seconds(2)) {
            (try? profile.remove()) != nil
        }
    }

    private static func arguments(profile: String) -> [String] {
        [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-port=0",
            "--user-data-dir=\(profile)", "--no-first-run", "--no-default-browser-check", "--mute-audio",
            "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            // A page that is not in front must run on as if it were: several tabs are open at once.
            "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
            "--disable-backgrounding-occluded-windows", "--window-size=1200,800", "about:blank",
        ]
    }
}

/// Runs `body` with a browser of its own and stops it whatever happens.
func withBrowser<Result>(_ body: (Browser) async throws -> Result) async throws -> Result {
    let browser = try await Browser.start()
    do {
        let result = try await body(browser)
        await browser.stop()
        return result
    } catch {
        await browser.stop()
        throw error
    }
}
