import Foundation
import Logging
import Testing

@testable import Muster

struct ServeSettingsTests {
    @Test("Without any source a front listens on this machine alone, without Redis")
    func defaults() throws {
        let settings = try ServeSettings.read(options: [:], configFile: nil, environment: [:])
        #expect(settings == ServeSettings())
        #expect(settings.host == "127.0.0.1" && settings.port == 8000 && settings.redis == nil)
        #expect(settings.prefix == "asgi" && settings.logLevel == .info && settings.threads >= 1)
    }

    @Test("Every setting can come from an option, from the environment and from the file")
    func everySource() throws {
        let values = [
            "host": "0.0.0.0", "port": "9000", "redis": "redis://r", "redis-ca": "/ca.pem", "prefix": "shop",
            "threads": "3", "log-level": "Debug",
        ]
        #expect(Set(values.keys) == Set(ServeSettings.keys))
        var expected = ServeSettings()
        (expected.host, expected.port, expected.redis) = ("0.0.0.0", 9000, "redis://r")
        (expected.redisCAFile, expected.prefix, expected.threads) = ("/ca.pem", "shop", 3)
        expected.logLevel = .debug

        let environment = Dictionary(
            uniqueKeysWithValues: values.map { ("MUSTER_" + $0.key.uppercased().replacing("-", with: "_"), $0.value) }
        )
        let yaml = values.map { "\($0.key): \($0.value)" }.joined(separator: "\n")
        try withFile(yaml) { file throws in
            #expect(try ServeSettings.read(options: values, configFile: nil, environment: [:]) == expected)
            #expect(try ServeSettings.read(options: [:], configFile: nil, environment: environment) == expected)
            #expect(try ServeSettings.read(options: [:], configFile: file, environment: [:]) == expected)
            #expect(
                try ServeSettings.read(options: [:], configFile: nil, environment: ["MUSTER_CONFIG": file]) == expected
            )
        }
    }

    @Test("--config wins over MUSTER_CONFIG, and stronger sources over both")
    func configFile() throws {
        try withFile("port: 1\nprefix: file\n") { file throws in
            let settings = try ServeSettings.read(
                options: ["port": "2"],
                configFile: file,
                environment: ["MUSTER_CONFIG": "/no/such/file", "MUSTER_PREFIX": "environment"]
            )
            #expect(settings.port == 2 && settings.prefix == "environment")
        }
    }

    @Test(
        "What cannot be used is refused by its source's name",
        arguments: [
            (["port": "65536"], [:], "--port: '65536' is not a whole number from 0 to 65535"),
            ([:], ["MUSTER_THREADS": "0"], "MUSTER_THREADS: '0' is not a whole number from 1 to 1024"),
            ([:], ["MUSTER_LOG_LEVEL": "loud"], "MUSTER_LOG_LEVEL: 'loud' is not a log level; use one of trace, debug"),
            ([:], ["MUSTER_CONFIG": "/no/such/file"], "cannot read the configuration file /no/such/file: "),
        ] as [([String: String], [String: String], String)]
    )
    func refused(options: [String: String], environment: [String: String], message: String) {
        let error = #expect(throws: SettingsError.self) {
            try ServeSettings.read(options: options, configFile: nil, environment: environment)
        }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test("What is wrong in the file is refused by the file's name and the key")
    func refusedFile() throws {
        try withFile("port: many\n") { file throws in
            let error = #expect(throws: SettingsError.self) {
                try ServeSettings.read(options: [:], configFile: file, environment: [:])
            }
            #expect(error?.description == "\(file): port: 'many' is not a whole number from 0 to 65535")
        }
    }

    private func withFile(_ yaml: String, _ body: (String) throws -> Void) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "muster-\(UUID()).yaml")
        try yaml.write(to: file, atomically: true, encoding: .utf8)
        defer {
            do { try FileManager.default.removeItem(at: file) } catch { Issue.record(error) }
        }
        try body(file.path)
    }
}
