import Foundation

/// One tab of a ``Browser``.
final class Page: Sendable {
    private struct Navigate: Encodable, Sendable {
        var url: String
    }

    private struct Navigation: Decodable, Sendable {
        var errorText: String?
    }

    private struct Evaluate: Encodable, Sendable {
        var expression: String
        var awaitPromise = true
        var returnByValue = true
        var userGesture = true
    }

    private struct Evaluation: Decodable, Sendable {
        struct Value: Decodable, Sendable {
            private enum CodingKeys: CodingKey {
                case value
            }

            /// Nil also when an exception stands here, as an object.
            var value: String?

            init(from decoder: any Decoder) throws {
                value = try? decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .value)
            }
        }

        struct Exception: Decodable, Sendable {
            struct Details: Decodable, Sendable {
                var description: String?
            }

            var text: String
            var exception: Details?
        }

        var result: Value
        var exceptionDetails: Exception?
    }

    private struct Screenshot: Encodable, Sendable {
        var format = "png"
    }

    private struct Picture: Decodable, Sendable {
        var data: Data
    }

    private struct Target: Encodable, Sendable {
        var targetId: String
    }

    private let target: String
    let session: String
    let connection: DevToolsConnection

    init(target: String, session: String, connection: DevToolsConnection) {
        self.target = target
        self.session = session
        self.connection = connection
    }

    /// Turns on what the other calls rely on.
    func prepare() async throws {
        for domain in ["Page", "Runtime", "Log"] { try await connection.run("\(domain).enable", session: session) }
    }

    /// Loads an address in this tab and waits for its `load` event.
    ///
    /// - Throws: ``HarnessError/unexpected(_:)`` when the browser shows an error page instead.
    func navigate(to url: String, timeout: Duration = .seconds(30)) async throws {
        let navigation: Navigation = try await connection.call("Page.navigate", Navigate(url: url), session: session)
        if let error = navigation.errorText {
            throw HarnessError.unexpected("the browser cannot load \(url): \(error)")
        }
        let loaded = "String(document.readyState === 'complete' && performance.timing.loadEventEnd > 0)"
        try await waitFor(loaded, equals: "true", timeout: timeout)
    }

    /// Runs JavaScript in the page; a promise is awaited.
    ///
    /// - Parameter expression: One expression, or statements inside a function that is called at once.
    /// - Returns: The value: a string as it is, anything else as JSON, `undefined` for nothing.
    /// - Throws: ``HarnessError/commandFailed(command:output:)`` with the page's exception.
    func evaluate(_ expression: String) async throws -> String {
        let wrapped = """
            (async () => {
                const value = await (\(expression));
                return typeof value === "string" ? value : String(JSON.stringify(value));
            })()
            """
        let evaluation: Evaluation = try await connection.call(
            "Runtime.evaluate",
            Evaluate(expression: wrapped),
            session: session
        )
        if let exception = evaluation.exceptionDetails {
            let text = exception.exception?.description ?? exception.text
            throw HarnessError.commandFailed(command: expression, output: text)
        }
        return evaluation.result.value ?? ""
    }

    /// Waits until a JavaScript expression has a value; an exception counts as another value.
    ///
    /// - Parameters:
    ///   - expression: As for ``evaluate(_:)``.
    ///   - expected: The value as ``evaluate(_:)`` tells it.
    ///   - timeout: After this long the wait fails, and a picture of the page is kept.
    /// - Throws: ``HarnessError/timedOut(waitingFor:after:detail:)`` with the last value and the picture's path.
    func waitFor(_ expression: String, equals expected: String, timeout: Duration = .seconds(30)) async throws {
        var last = ""
        let what = "`\(expression)` to be “\(expected)” in the browser"
        do {
            try await eventually(what, timeout: timeout, every: .milliseconds(25)) {
                do {
                    last = try await evaluate(expression)
                } catch HarnessError.commandFailed(_, let output) {
                    last = output
                }
                return last == expected
            }
        } catch HarnessError.timedOut {
            throw HarnessError.timedOut(waitingFor: what, after: timeout, detail: await describeFailure(last))
        }
    }

    /// Waits until the element with this id has a text, spaces around it not counted.
    func waitFor(elementID id: String, toRead text: String, timeout: Duration = .seconds(30)) async throws {
        try await waitFor("document.getElementById('\(id)')?.textContent.trim()", equals: text, timeout: timeout)
    }

    /// Saves a picture of what the page shows, as PNG.
    func screenshot(to path: String) async throws {
        // A tab behind others is not painted, and its picture would be waited for in vain.
        try await connection.run("Page.bringToFront", session: session)
        let picture: Picture = try await connection.call("Page.captureScreenshot", Screenshot(), session: session)
        try picture.data.write(to: URL(fileURLWithPath: path))
    }

    /// Closes the tab, as a user does: the page's sockets close with it.
    func close() async throws {
        try await connection.run("Target.closeTarget", Target(targetId: target))
    }

    private func describeFailure(_ lastValue: String) async -> String {
        do {
            let path = try Repository.screenshots().appendingPathComponent("\(UUID().uuidString).png").path
            try await screenshot(to: path)
            let console = try await connection.consoleEvents.suffix(5).joined(separator: "\n")
            return "last value “\(lastValue)”; picture: \(path); console: \(console)"
        } catch {
            return "last value “\(lastValue)”; no picture: \(error)"
        }
    }
}
