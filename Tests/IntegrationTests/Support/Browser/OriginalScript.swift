import Foundation

/// The original reconnecting-websocket.js, as its author minified it.
enum OriginalScript {
    /// Reads it from the tests' Python environment: a package there carries it.
    ///
    /// - Throws: ``HarnessError/unexpected(_:)`` when it is not there.
    static func text() throws -> String {
        let library = Repository.root.appendingPathComponent(".build/python/lib")
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: library.path)) ?? []
        let path = "site-packages/openwisp_controller/connection/static/connection/js/lib/reconnecting-websocket.min.js"
        for version in versions {
            let file = library.appendingPathComponent(version).appendingPathComponent(path)
            guard FileManager.default.fileExists(atPath: file.path) else { continue }
            return String(decoding: try Data(contentsOf: file), as: UTF8.self)
        }
        throw HarnessError.unexpected("no \(path) below \(library.path); run Scripts/install-dependencies test")
    }

    /// Gives a page the global `ReconnectingWebSocket`.
    static func load(into page: Page) async throws {
        // As the browser runs a script: with the window as `this`.
        _ = try await page.evaluate("(function () {\n\(try text())\n}).call(window)")
    }
}
