import Foundation

/// The tests' own Python, with Django and channels_redis in it, and the programs in Tests/Django.
enum PythonEnvironment {
    /// The interpreter that Scripts/install-dependencies has made.
    ///
    /// - Throws: ``HarnessError/unexpected(_:)`` when it is not there.
    static func interpreter() throws -> String {
        let path = Repository.root.appendingPathComponent(".build/python/bin/python").path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw HarnessError.unexpected("\(path) is not there; run Scripts/install-dependencies test")
        }
        return path
    }

    /// The path of a file in Tests/Django.
    static func path(_ name: String) -> String {
        Repository.root.appendingPathComponent("Tests/Django/\(name)").path
    }

    /// What every Python program of the tests runs with: output at once, and no compiled files among the sources.
    static let environment = ["PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"]
}
