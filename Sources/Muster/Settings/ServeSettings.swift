import Foundation
import Logging

/// What `muster serve` runs with.
struct ServeSettings: Equatable {
    /// The settings' names, as options, in the file, and, upper-cased after `MUSTER_`, in the environment.
    static let keys = ["host", "port", "redis", "redis-ca", "prefix", "threads", "log-level"]

    var host = "127.0.0.1"
    var port = 8000
    /// Redis' address; `nil` for the in-memory layer.
    var redis: String?
    /// For `rediss://`, the certificates to trust instead of the system's.
    var redisCAFile: String?
    var prefix = "asgi"
    var threads = ProcessInfo.processInfo.activeProcessorCount
    var logLevel = Logger.Level.info

    init() {}

    /// Reads settings from their sources.
    ///
    /// - Throws: `SettingsError` that names the source of what is wrong.
    init(_ sources: SettingSources) throws(SettingsError) {
        host = sources["host"]?.text ?? host
        port = try sources.integer("port", in: 0...65_535, default: port)
        redis = sources["redis"]?.text
        redisCAFile = sources["redis-ca"]?.text
        prefix = sources["prefix"]?.text ?? prefix
        threads = try sources.integer("threads", in: 1...1024, default: threads)
        guard let level = sources["log-level"] else { return }
        guard let logLevel = Logger.Level(rawValue: level.text.lowercased()) else {
            let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw SettingsError("\(level.origin): '\(level.text)' is not a log level; use one of \(levels)")
        }
        self.logLevel = logLevel
    }

    /// Reads settings from options, the environment and, if there is one, the file that either names.
    ///
    /// - Throws: `SettingsError` that names the source of what is wrong.
    static func read(
        options: [String: String?],
        configFile: String?,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(SettingsError) -> ServeSettings {
        var sources = SettingSources()
        sources.add(options: options)
        sources.add(environment: environment, keys: keys)
        if let file = configFile ?? environment["MUSTER_CONFIG"], !file.isEmpty {
            let yaml: String
            do {
                yaml = try String(contentsOfFile: file, encoding: .utf8)
            } catch {
                throw SettingsError("cannot read the configuration file \(file): \(error.localizedDescription)")
            }
            try sources.add(yaml: yaml, file: file, keys: keys)
        }
        return try ServeSettings(sources)
    }
}
