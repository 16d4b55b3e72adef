import Foundation

/// Finds programs on this machine.
enum Executables {
    /// The full path of a program on `PATH` or in a directory for daemons, which an ordinary user's `PATH` leaves out.
    static func path(of name: String) throws -> String {
        if let path = pathIfInstalled(name) { return path }
        throw HarnessError.programNotFound(name: name, searched: directories)
    }

    /// As ``path(of:)``, trying several names for the same program.
    static func path(ofAny names: [String]) throws -> String {
        for name in names {
            if let path = pathIfInstalled(name) { return path }
        }
        throw HarnessError.programNotFound(name: names.joined(separator: " or "), searched: directories)
    }

    static func pathIfInstalled(_ name: String) -> String? {
        let candidates = name.contains("/") ? [name] : directories.map { "\($0)/\(name)" }
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private static let directories: [String] = {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        let fromPath = path.split(separator: ":").map(String.init)
        return fromPath + ["/usr/local/sbin", "/usr/sbin", "/sbin"].filter { !fromPath.contains($0) }
    }()
}
