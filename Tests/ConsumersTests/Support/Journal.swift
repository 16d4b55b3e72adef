@testable import MusterTesting

/// What happened, line by line, from any thread.
struct Journal: Sendable {
    private let entries = Watched<[String]>([])

    var lines: [String] { entries.read { $0 } }

    func note(_ line: String) {
        entries.update { $0.append(line) }
    }

    /// The lines once there are as many, or after ten seconds.
    func lines(count: Int) async -> [String] {
        _ = await entries.wait(timeout: .seconds(10)) { $0.count >= count ? () : nil }
        return lines
    }
}

/// Lets through whoever waits at it, from when it is opened.
struct Gate: Sendable {
    private let isOpen = Watched(false)

    func open() {
        isOpen.update { $0 = true }
    }

    /// Waits for at most half a minute: a gate that a test forgot does not hang it.
    func pass() async {
        _ = await isOpen.wait(timeout: .seconds(30)) { $0 ? () : nil }
    }
}
