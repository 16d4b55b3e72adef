import Applications
import ChannelLayers
import Foundation
import Logging
import Testing

@testable import Muster

struct ServeSettingsTests {
    @Test("Without any source a front listens on this machine alone, without Redis")
    func defaults() throws {
        let settings = try ServeSettings.read(options: [:], configFile: nil, environment: [:])
        #expect(settings == ServeSettings())
        #expect(settings.host == "127.0.0.1" && settings.port == 8000 && settings.redis.isEmpty)
        #expect(settings.prefix == "asgi" && settings.logLevel == .info && settings.threads >= 1)
        #expect(settings.serializer == "msgpack" && settings.encryptionKeys.isEmpty && settings.workers.isEmpty)
        #expect(settings.capacity == 100 && settings.channelCapacity.isEmpty)
        #expect(settings.expiry == .seconds(60) && settings.groupExpiry == .seconds(86_400))
        #expect(settings.heartbeat == .seconds(2) && settings.lease == .seconds(6))
        #expect(settings.drainDelay == .seconds(2) && settings.drain == .seconds(10))
        #expect(settings.apiKeys.isEmpty)
        #expect(settings.inboxLimits == InboxLimits())
        let limits = settings.historyLimits
        #expect(limits.limit(of: "chat.lobby") == HistoryLimit(count: 50, age: .seconds(86_400)))
        #expect(limits.limit(of: "message.ann") == HistoryLimit(count: 200, age: .seconds(7 * 86_400)))
        #expect(limits.limit(of: "users") == nil)
    }

    @Test("A lease lasts three heartbeats unless it is set, and at least two; times are seconds within their ranges")
    func leases() throws {
        func read(_ options: [String: String]) throws(SettingsError) -> ServeSettings {
            try ServeSettings.read(options: options.mapValues { $0 }, configFile: nil, environment: [:])
        }
        #expect(try read(["heartbeat": "4"]).lease == .seconds(12))
        #expect(throws: SettingsError.self) { try read(["heartbeat": "4", "lease": "7.9"]) }
        for (key, value) in [("heartbeat", "0"), ("drain", "-1"), ("lease", "soon"), ("drain-delay", "nan")] {
            #expect(throws: SettingsError.self, "\(key)=\(value)") { try read([key: value]) }
        }
    }

    @Test("Every setting can come from an option, from the environment and from the file")
    func everySource() throws {
        let values = [
            "host": "0.0.0.0", "port": "9000", "redis": "redis://r1, redis://r2", "redis-ca": "/ca.pem",
            "prefix": "shop", "serializer": "JSON", "encryption-keys": "new,old", "capacity": "1000000",
            "channel-capacity": "http.*=20, a=b=1", "expiry": "5", "group-expiry": "3600",
            "heartbeat": "0.5", "lease": "3", "probe-interval": "1.5", "leave-grace": "0", "consumer-timeout": "9",
            "drain-delay": "0.2", "drain": "60", "history": "a.*=5/60, b=c=1/1", "inbox-limit": "7/90",
            "media-directory": "/media", "media-limit": "5", "media-unnamed": "6", "media-lifetime": "7",
            "media-types": "image/*, audio/ogg", "api-keys": "one,two",
            "worker": "/room/<room>/=jobs,/a=b/=other", "threads": "3", "log-level": "Debug",
        ]
        #expect(Set(values.keys) == Set(ServeSettings.keys))
        var expected = ServeSettings()
        (expected.host, expected.port, expected.redis) = ("0.0.0.0", 9000, ["redis://r1", "redis://r2"])
        (expected.redisCAFile, expected.prefix, expected.threads) = ("/ca.pem", "shop", 3)
        expected.logLevel = .debug
        (expected.serializer, expected.encryptionKeys, expected.capacity) = ("json", ["new", "old"], 1_000_000)
        expected.channelCapacity = [.init(glob: "http.*", capacity: 20), .init(glob: "a=b", capacity: 1)]
        (expected.expiry, expected.groupExpiry) = (.seconds(5), .seconds(3600))
        (expected.heartbeat, expected.lease, expected.probeInterval) = (.seconds(0.5), .seconds(3), .seconds(1.5))
        (expected.leaveGrace, expected.consumerTimeout) = (.zero, .seconds(9))
        (expected.drainDelay, expected.drain) = (.seconds(0.2), .seconds(60))
        expected.histories =
            [
                .init(glob: "a.*", count: 5, seconds: 60), .init(glob: "b=c", count: 1, seconds: 1),
            ] + HistorySetting.defaults
        expected.inbox = InboxSetting(count: 7, seconds: 90)
        expected.media = MediaSetting(
            directory: "/media",
            limit: 5,
            unnamedLifetime: 6,
            lifetime: 7,
            types: ["image/*", "audio/ogg"]
        )
        expected.apiKeys = ["one", "two"]
        expected.workers = [
            .init(pattern: "/room/<room>/", channel: "jobs"), .init(pattern: "/a=b/", channel: "other"),
        ]

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

    @Test("A file may hold lists, whose values keep their commas, and maps, in the order written")
    func lists() throws {
        let yaml = """
            redis:
              - redis://r2
              - redis://:a,b@r1
            encryption-keys: ["one, two", three]
            channel-capacity:
              "http.[a,b]*": 20
              "*": 3
            history:
              "message.[a,b]*": 20/60
              "*": 1/1
            api-keys: ["one, two", three]
            worker:
              /b/: jobs
              /a/: jobs
            """
        try withFile(yaml) { file throws in
            let settings = try ServeSettings.read(options: [:], configFile: file, environment: [:])
            #expect(settings.redis == ["redis://r2", "redis://:a,b@r1"])
            #expect(settings.encryptionKeys == ["one, two", "three"])
            #expect(settings.channelCapacity.map(\.glob) == ["http.[a,b]*", "*"])
            #expect(settings.channelCapacity.map(\.capacity) == [20, 3])
            #expect(settings.histories.prefix(2).map(\.glob) == ["message.[a,b]*", "*"])
            #expect(settings.histories.prefix(2).map(\.count) == [20, 1])
            #expect(settings.apiKeys == ["one, two", "three"])
            #expect(settings.workers.map(\.pattern) == ["/b/", "/a/"])
        }
        try withFile("channel-capacity: [a=1]\nworker: [/a/=jobs]\n") { file throws in
            let settings = try ServeSettings.read(options: [:], configFile: file, environment: [:])
            #expect(settings.channelCapacity == [.init(glob: "a", capacity: 1)])
            #expect(settings.workers == [.init(pattern: "/a/", channel: "jobs")])
        }
    }

    @Test("A stronger source's list replaces a weaker one's whole")
    func listPrecedence() throws {
        let settings = try ServeSettings.read(
            options: ["redis": "redis://a"],
            configFile: nil,
            environment: ["MUSTER_REDIS": "redis://b,redis://c", "MUSTER_ENCRYPTION_KEYS": "k"]
        )
        #expect(settings.redis == ["redis://a"])
        #expect(settings.encryptionKeys == ["k"])
    }

    @Test("An error about keys shows none of them", arguments: ["encryption-keys", "api-keys"])
    func secrets(setting: String) {
        let error = #expect(throws: SettingsError.self) {
            try ServeSettings.read(options: [setting: "secret,,hidden"], configFile: nil, environment: [:])
        }
        #expect(error?.description == "--\(setting): one of the values is empty; is there a comma too many?")
    }

    @Test("Histories that are set go before the defaults, and none keeps nothing")
    func histories() throws {
        func limits(_ history: String) throws -> HistoryLimits {
            try ServeSettings.read(options: ["history": history], configFile: nil, environment: [:]).historyLimits
        }
        #expect(try limits("chat.lobby=1/1,chat.*=9/60").limit(of: "chat.lobby")?.count == 1)
        #expect(try limits("chat.lobby=1/1").limit(of: "chat.other")?.count == 50)
        #expect(try limits("a=1/1").limit(of: "support.talk.ann")?.count == 500)
        #expect(try limits("a=1/1").limit(of: "sent.ann")?.count == 200)
        #expect(try limits("a=1/1").limit(of: "b") == nil)
        #expect(try limits("none").limit(of: "chat.lobby") == nil)
    }

    @Test("Messages that are kept for longer than files are said to be, where there are files")
    func outlived() throws {
        func outlived(_ options: [String: String]) throws -> [String] {
            let settings = try ServeSettings.read(options: options, configFile: nil, environment: [:])
            return settings.media.outlived(inbox: settings.inbox, histories: settings.histories)
        }
        #expect(try outlived(["media-directory": "/m"]).isEmpty)
        #expect(try outlived(["media-lifetime": "5", "history": "a=1/6"]).isEmpty)
        // Longer than what is kept by default, but for transcripts and inboxes.
        let week = ["media-directory": "/m", "media-lifetime": "604800", "inbox-limit": "9/604800"]
        #expect(try outlived(week) == ["--history support.talk.*: 2592000"])
        #expect(
            try outlived(week.merging(["history": "a=1/604801,b=1/604800"]) { $1 }) == [
                "--history a: 604801", "--history support.talk.*: 2592000",
            ]
        )
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
            (["redis": "redis://a,"], [:], "--redis: one of the values is empty"),
            (["redis": ""], [:], "--redis: one of the values is empty"),
            ([:], ["MUSTER_SERIALIZER": "xml"], "MUSTER_SERIALIZER: 'xml' is not one of msgpack, json"),
            (["capacity": "0"], [:], "--capacity: '0' is not a whole number from 1 to 1000000"),
            (["capacity": "1000001"], [:], "--capacity: '1000001' is not a whole number from 1 to 1000000"),
            (["expiry": "0"], [:], "--expiry: '0' is not a whole number from 1 to"),
            (["group-expiry": "1.5"], [:], "--group-expiry: '1.5' is not a whole number from 1 to"),
            (["channel-capacity": "jobs"], [:], "--channel-capacity: 'jobs' is not of the form http.*=200"),
            (["channel-capacity": "=1"], [:], "--channel-capacity: '=1' is not of the form http.*=200"),
            (["channel-capacity": "a="], [:], "--channel-capacity: 'a=' is not of the form http.*=200"),
            ([:], ["MUSTER_CHANNEL_CAPACITY": "a=1,b=x"], "MUSTER_CHANNEL_CAPACITY: 'x' is not a whole number from 1"),
            (["history": "chat.*"], [:], "--history: 'chat.*' is not of the form chat.*=50/86400"),
            (["history": "a=50"], [:], "--history: '50' is not a count from 1 to 10000, a slash, and seconds from 1"),
            (["history": "a=0/60"], [:], "--history: '0/60' is not a count"),
            (["history": "a=10001/60"], [:], "--history: '10001/60' is not a count"),
            ([:], ["MUSTER_HISTORY": "a=5/0"], "MUSTER_HISTORY: '5/0' is not a count"),
            (["history": "a=5/60/7"], [:], "--history: '5/60/7' is not a count"),
            (["history": ""], [:], "--history: one of the values is empty"),
            (
                ["inbox-limit": "9"], [:],
                "--inbox-limit: '9' is not a count from 1 to 10000, a slash, and seconds from 1"
            ),
            (["inbox-limit": "0/9"], [:], "--inbox-limit: '0/9' is not a count"),
            ([:], ["MUSTER_INBOX_LIMIT": "9/0"], "MUSTER_INBOX_LIMIT: '9/0' is not a count"),
            (["media-limit": "0"], [:], "--media-limit: '0' is not a whole number from 1 to 68719476736"),
            (["media-limit": "68719476737"], [:], "--media-limit: '68719476737' is not a whole number"),
            ([:], ["MUSTER_MEDIA_LIMIT": "16M"], "MUSTER_MEDIA_LIMIT: '16M' is not a whole number"),
            (["media-unnamed": "0"], [:], "--media-unnamed: '0' is not a whole number from 1 to 315360000"),
            (["media-lifetime": "1.5"], [:], "--media-lifetime: '1.5' is not a whole number from 1 to 315360000"),
            (["media-types": "image"], [:], "--media-types: 'image' is no glob of a type"),
            ([:], ["MUSTER_MEDIA_TYPES": "image/*,a/b/c"], "MUSTER_MEDIA_TYPES: 'a/b/c' is no glob of a type"),
            (["media-types": "image/*,"], [:], "--media-types: one of the values is empty"),
            (["worker": "/a/"], [:], "--worker: '/a/' is not of the form /path/=channel"),
            (["worker": "a/=jobs"], [:], "--worker: route a/: a pattern begins with /"),
            (["worker": "/a/=no spaces"], [:], "--worker: channel name \"no spaces\" is not valid"),
            (["worker": "/a/=specific.x!1"], [:], "--worker: route /a/: a worker's channel has no"),
            (["worker": "/a/=jobs,/a/=other"], [:], "--worker: route /a/ was added twice"),
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
        try withFile("channel-capacity: {a: 0}\n") { file throws in
            let error = #expect(throws: SettingsError.self) {
                try ServeSettings.read(options: [:], configFile: file, environment: [:])
            }
            #expect(error?.description == "\(file): channel-capacity: '0' is not a whole number from 1 to 1000000")
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
