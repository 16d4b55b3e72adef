import Testing

@testable import Muster

struct SettingSourcesTests {
    private static let keys = ["port", "log-level", "redis"]

    private func sources(_ yaml: String) throws -> SettingSources {
        var sources = SettingSources()
        try sources.add(yaml: yaml, file: "muster.yaml", keys: Self.keys)
        return sources
    }

    @Test("An option wins over the environment, and that over the file; each value knows where it is from")
    func precedence() throws {
        var sources = SettingSources()
        sources.add(options: ["port": "1", "redis": nil])
        sources.add(environment: ["MUSTER_PORT": "2", "MUSTER_LOG_LEVEL": "debug", "PORT": "9"], keys: Self.keys)
        try sources.add(yaml: "port: 3\nlog-level: error\nredis: redis://localhost\n", file: "m.yaml", keys: Self.keys)
        #expect(sources["port"] == SettingSources.Value(text: "1", origin: "--port"))
        #expect(sources["log-level"] == SettingSources.Value(text: "debug", origin: "MUSTER_LOG_LEVEL"))
        #expect(sources["redis"] == SettingSources.Value(text: "redis://localhost", origin: "m.yaml: redis"))
        #expect(sources["host"] == nil)
    }

    @Test(
        "Variables and file entries without a value are not set",
        arguments: ["redis:", "redis: ''", "redis: ~", "redis: null"]
    )
    func unset(yaml: String) throws {
        var sources = SettingSources()
        sources.add(environment: ["MUSTER_REDIS": ""], keys: Self.keys)
        try sources.add(yaml: yaml, file: "m.yaml", keys: Self.keys)
        #expect(sources["redis"] == nil)
    }

    @Test("A file without entries sets nothing", arguments: ["", "\n\n", "# only a comment\n"])
    func empty(yaml: String) throws {
        #expect(try sources(yaml)["port"] == nil)
    }

    @Test(
        "A file that cannot be used is refused with its name and what is wrong",
        arguments: [
            ("prot: 1", "muster.yaml: there is no setting 'prot'; the settings are log-level, port, redis"),
            ("[1]: 2", "muster.yaml: there is no setting '?'"),
            ("- port", "muster.yaml: write one 'key: value' per line"),
            ("just text", "muster.yaml: write one 'key: value' per line"),
            ("port: [1, 2]", "muster.yaml: 'port' is not one value"),
            ("port: {a: b}", "muster.yaml: 'port' is not one value"), ("port: [1", "muster.yaml is not YAML"),
            ("port: 1\nport: 2", "muster.yaml is not YAML"), ("\tport: 1", "muster.yaml is not YAML"),
        ]
    )
    func badFile(yaml: String, message: String) {
        let error = #expect(throws: SettingsError.self) { try sources(yaml) }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test("Text is a list of what is between commas, without the spaces around it; a file's list is as it is")
    func items() throws {
        #expect(SettingSources.Value(text: " a, b c ,d=e", origin: "").items == ["a", "b c", "d=e"])
        #expect(SettingSources.Value(text: "a,,b", origin: "").items == ["a", "", "b"])
        var sources = SettingSources()
        try sources.add(yaml: "redis: [' a,b', 1]", file: "m.yaml", keys: Self.keys, shapes: ["redis": .list])
        #expect(sources["redis"] == SettingSources.Value(items: [" a,b", "1"], origin: "m.yaml: redis"))
        #expect(try sources.list("redis") == [" a,b", "1"])
        #expect(try sources.list("port") == [])
    }

    @Test(
        "A file's list or map of the wrong form is refused with its name",
        arguments: [
            (.list, "redis: {a: b}", "m.yaml: 'redis' is neither one value nor a list of values"),
            (.list, "redis: [[a]]", "m.yaml: 'redis' is neither one value nor a list of values"),
            (.pairs, "redis: [{a: b}]", "m.yaml: 'redis' is neither a map nor a list of values"),
            (.pairs, "redis: {a: [b]}", "m.yaml: 'redis' is neither a map nor a list of values"),
            (.one, "redis: [a]", "m.yaml: 'redis' is not one value"),
        ] as [(SettingSources.Shape, String, String)]
    )
    func wrongShape(shape: SettingSources.Shape, yaml: String, message: String) {
        var sources = SettingSources()
        #expect(throws: SettingsError(message)) {
            try sources.add(yaml: yaml, file: "m.yaml", keys: Self.keys, shapes: ["redis": shape])
        }
    }

    @Test("A file's empty list is not set, and an empty value in one is refused")
    func emptyItems() throws {
        var sources = SettingSources()
        try sources.add(yaml: "redis: []", file: "m.yaml", keys: Self.keys, shapes: ["redis": .list])
        #expect(sources["redis"] == nil)
        try sources.add(yaml: "redis: [a, '']", file: "n.yaml", keys: Self.keys, shapes: ["redis": .list])
        #expect(throws: SettingsError("n.yaml: redis: one of the values is empty; is there a comma too many?")) {
            try sources.list("redis")
        }
    }

    @Test(
        "A number has to be whole and in its range, and the error names its source",
        arguments: ["x", "", "1.5", "-1", "11", "1 "]
    )
    func badNumber(text: String) {
        var sources = SettingSources()
        sources.add(options: ["port": text])
        let expected = SettingsError("--port: '\(text)' is not a whole number from 0 to 10")
        #expect(throws: expected) { try sources.integer("port", in: 0...10, default: 5) }
    }

    @Test("Numbers at the ends of their range are taken, and the default when there is none")
    func numbers() throws {
        var sources = SettingSources()
        sources.add(options: ["a": "0", "b": "10"])
        #expect(try sources.integer("a", in: 0...10, default: 5) == 0)
        #expect(try sources.integer("b", in: 0...10, default: 5) == 10)
        #expect(try sources.integer("c", in: 0...10, default: 5) == 5)
    }
}
