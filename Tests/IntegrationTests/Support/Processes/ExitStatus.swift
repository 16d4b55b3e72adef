/// How a program ended.
enum ExitStatus: Equatable, Sendable, CustomStringConvertible {
    /// It called `exit` with this code, 0...255.
    case exited(Int32)
    /// This signal ended it.
    case signalled(Int32)

    /// Decodes what `waitpid` stores, as the `WIFEXITED` family of macros does (they are not importable).
    init(waitStatus: Int32) {
        let signal = waitStatus & 0x7f
        self = signal == 0 ? .exited((waitStatus >> 8) & 0xff) : .signalled(signal)
    }

    var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signalled(let signal): "signal \(signal)"
        }
    }
}
