import Foundation

/// A directory of a test's own, deleted with the last reference.
final class TemporaryDirectory: Sendable {
    let path: String

    init(prefix: String) throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(prefix)-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        // Best effort: whoever needs certainty calls `remove` once its programs have ended.
        try? remove()
    }

    /// Deletes the directory with all it holds; nothing happens when it is gone already.
    func remove() throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        try FileManager.default.removeItem(atPath: path)
    }
}
