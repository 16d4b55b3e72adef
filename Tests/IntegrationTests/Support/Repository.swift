import Foundation

/// Where the sources and the built programs are.
enum Repository {
    /// The directory of Package.swift.
    static let root: URL = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url
    }()

    /// The built `muster`: beside the test bundle, or what `MUSTER_EXECUTABLE` names.
    static func musterExecutable() throws -> String {
        if let path = ProcessInfo.processInfo.environment["MUSTER_EXECUTABLE"] { return path }
        let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("muster").path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw HarnessError.unexpected("\(path) is not built; run `swift build`, or set MUSTER_EXECUTABLE")
        }
        return path
    }

    /// Where pictures of pages are kept: `.build/screenshots`, or what `MUSTER_SCREENSHOTS` names.
    static func screenshots() throws -> URL {
        let named = ProcessInfo.processInfo.environment["MUSTER_SCREENSHOTS"].map { URL(fileURLWithPath: $0) }
        let directory = named ?? root.appendingPathComponent(".build/screenshots")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return directory
    }
}
