import Foundation

/// What differs between the people before the browser: their screen, their language, their keyboard.
extension Page {
    private struct Metrics: Encodable, Sendable {
        var width: Int
        var height: Int
        var deviceScaleFactor = 1
        var mobile: Bool
    }

    private struct Media: Encodable, Sendable {
        struct Feature: Encodable, Sendable {
            var name: String
            var value: String
        }

        var features: [Feature]
    }

    private struct UserAgent: Encodable, Sendable {
        var userAgent: String
        var acceptLanguage: String
    }

    private struct Network: Encodable, Sendable {
        var offline = false
        var latency = 0
        var downloadThroughput = -1
        var uploadThroughput: Int
    }

    private struct Key: Encodable, Sendable {
        var type: String
        var key: String
        var code: String
        var windowsVirtualKeyCode: Int
        var text: String?
        var modifiers: Int
    }

    private struct Text: Encodable, Sendable {
        var text: String
    }

    /// Keys that a page takes by themselves.
    enum NamedKey: String {
        case tab = "Tab"
        case enter = "Enter"

        fileprivate var number: Int { self == .tab ? 9 : 13 }
        fileprivate var text: String? { self == .enter ? "\r" : nil }
    }

    /// Sets how large the window is, in CSS pixels; below 600 in width it is a phone's.
    func resize(width: Int, height: Int) async throws {
        let metrics = Metrics(width: width, height: height, mobile: width < 600)
        try await connection.run("Emulation.setDeviceMetricsOverride", metrics, session: session)
    }

    /// Sets whether the person prefers dark pages.
    func prefer(dark: Bool) async throws {
        let feature = Media.Feature(name: "prefers-color-scheme", value: dark ? "dark" : "light")
        try await connection.run("Emulation.setEmulatedMedia", Media(features: [feature]), session: session)
    }

    /// Sets the person's languages, as in `Accept-Language` (`zh-TW,en`), for the pages loaded after it.
    func prefer(languages: String) async throws {
        let agent = UserAgent(userAgent: try await evaluate("navigator.userAgent"), acceptLanguage: languages)
        try await connection.run("Emulation.setUserAgentOverride", agent, session: session)
    }

    /// Sets how fast the page can send, in bytes per second; what it receives comes as fast as it can.
    func limitSending(to bytesPerSecond: Int) async throws {
        try await connection.run("Network.enable", session: session)
        let network = Network(uploadThroughput: bytesPerSecond)
        try await connection.run("Network.emulateNetworkConditions", network, session: session)
    }

    /// Says whether the person sees the page, or another tab; until the page is loaded again.
    ///
    /// Of several tabs only one is in front, and which that is depends on what was opened last.
    func show(_ isVisible: Bool = true) async throws {
        _ = try await evaluate(
            """
            (() => {
                Object.defineProperties(document, {
                    visibilityState: { value: "\(isVisible ? "visible" : "hidden")", configurable: true },
                    hidden: { value: \(!isVisible), configurable: true },
                });
                document.dispatchEvent(new Event("visibilitychange"));
            })()
            """
        )
    }

    /// Chooses files in the page's field for files, as a person does in the dialog; `files` is JavaScript for a list of them.
    func choose(_ files: String) async throws {
        _ = try await evaluate(
            """
            (async () => {
                const chosen = new DataTransfer();
                for (const file of await Promise.all(\(files))) chosen.items.add(file);
                const input = document.querySelector("input[type=file]");
                input.addEventListener("click", (event) => event.preventDefault(), { once: true });
                document.querySelector(".attach").click();
                input.files = chosen.files;
                input.dispatchEvent(new Event("change"));
            })()
            """
        )
    }

    /// Presses and releases a key.
    func press(_ key: NamedKey, shift: Bool = false) async throws {
        for type in ["keyDown", "keyUp"] {
            let event = Key(
                type: type,
                key: key.rawValue,
                code: key.rawValue,
                windowsVirtualKeyCode: key.number,
                text: type == "keyDown" ? key.text : nil,
                modifiers: shift ? 8 : 0
            )
            try await connection.run("Input.dispatchKeyEvent", event, session: session)
        }
    }

    /// Types a text where the focus is.
    func type(_ text: String) async throws {
        try await connection.run("Input.insertText", Text(text: text), session: session)
    }
}

extension Page {
    /// Replaces what stands in a field, and presses Enter in it.
    func enter(_ text: String, into id: String) async throws {
        _ = try await evaluate("document.getElementById('\(id)').focus()")
        _ = try await evaluate("document.getElementById('\(id)').select()")
        try await type(text)
        try await press(.enter)
    }

    /// Presses the button with this id.
    func click(_ id: String) async throws {
        _ = try await evaluate("document.getElementById('\(id)').click()")
    }

    /// Keeps a picture among the others, under a name of its own.
    func keepPicture(_ name: String) async throws {
        try await screenshot(to: Repository.screenshots().appendingPathComponent("\(name).png").path)
    }
}
