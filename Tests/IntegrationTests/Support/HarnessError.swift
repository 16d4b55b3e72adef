/// What went wrong in the harness itself, said so that whoever runs the tests knows what to do next.
enum HarnessError: Error, CustomStringConvertible {
    /// A program that the tests need is not installed.
    case programNotFound(name: String, searched: [String])
    /// A program could not be started at all.
    case cannotStart(program: String, reason: String)
    /// A program ended although the test still needed it.
    case exited(program: String, status: ExitStatus, output: String)
    /// A command that must succeed reported an error.
    case commandFailed(command: String, output: String)
    /// Something awaited did not happen in time.
    case timedOut(waitingFor: String, after: Duration, detail: String)
    /// The server answered the WebSocket upgrade with an ordinary HTTP response.
    case upgradeRefused(status: Int, body: String)
    /// The WebSocket ended while the test awaited a message.
    case closed(CloseEvent)
    /// More arrived than the bounded buffer of a client holds.
    case bufferOverflow(limit: Int)
    /// A peer sent what the harness does not understand.
    case unexpected(String)

    var description: String {
        switch self {
        case .programNotFound(let name, let searched):
            "\(name) is not installed (looked in \(searched.joined(separator: ":"))); run Scripts/install-dependencies test"
        case .cannotStart(let program, let reason):
            "cannot start \(program): \(reason)"
        case .exited(let program, let status, let output):
            "\(program) ended (\(status)) while the test needed it; its last lines:\n\(output)"
        case .commandFailed(let command, let output):
            "`\(command)` failed: \(output)"
        case .timedOut(let what, let duration, let detail):
            "waited \(duration) in vain for \(what)" + (detail.isEmpty ? "" : ": \(detail)")
        case .upgradeRefused(let status, let body):
            "the WebSocket upgrade was answered with HTTP \(status): \(body)"
        case .closed(let event):
            "the WebSocket closed while the test awaited a message: \(event)"
        case .bufferOverflow(let limit):
            "more than \(limit) messages arrived unread; read them, or connect with a larger bound"
        case .unexpected(let what):
            what
        }
    }
}
