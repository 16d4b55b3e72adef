import Testing

@testable import Redis

/// Addresses: what they mean, what they show and what is refused.
@Suite("Redis addresses")
struct RedisAddressTests {
    private static func tcp(
        _ host: String,
        _ port: Int = 6379,
        tls: Bool = false,
        user: String? = nil,
        password: String? = nil,
        database: Int = 0
    ) -> RedisAddress {
        RedisAddress(
            endpoint: .tcp(host: host, port: port),
            usesTLS: tls,
            username: user,
            password: password,
            database: database
        )
    }

    private static func unix(
        _ path: String,
        user: String? = nil,
        password: String? = nil,
        database: Int = 0
    ) -> RedisAddress {
        RedisAddress(
            endpoint: .unix(path: path),
            usesTLS: false,
            username: user,
            password: password,
            database: database
        )
    }

    @Test(
        "Every form is understood",
        arguments: [
            ("redis://localhost", tcp("localhost")),
            ("REDIS://localhost/", tcp("localhost")),
            ("redis://10.0.0.7:7000/3", tcp("10.0.0.7", 7000, database: 3)),
            ("redis://localhost?db=4", tcp("localhost", database: 4)),
            ("redis://[::1]", tcp("::1")),
            ("redis://[fe80::1]:6400/1", tcp("fe80::1", 6400, database: 1)),
            ("rediss://cache.example:6380", tcp("cache.example", 6380, tls: true)),
            ("redis://:secret@h", tcp("h", password: "secret")),
            ("redis://app:secret@h:1/2", tcp("h", 1, user: "app", password: "secret", database: 2)),
            ("redis://app:@h", tcp("h", user: "app", password: "")),
            ("redis://a%40b:p%3A%2F%25@h", tcp("h", user: "a@b", password: "p:/%")),
            ("redis://:a@b@h", tcp("h", password: "a@b")),
            ("redis://:a:b@h", tcp("h", password: "a:b")),
            ("redis://:caf%C3%A9@h", tcp("h", password: "café")),
            ("redis://h?user=app&password=s%26t", tcp("h", user: "app", password: "s&t")),
            ("unix:///run/redis.sock", unix("/run/redis.sock")),
            ("unix:///run/my%20redis.sock?db=2", unix("/run/my redis.sock", database: 2)),
            ("unix://app:secret@/run/r.sock", unix("/run/r.sock", user: "app", password: "secret")),
            ("unix:///r.sock?password=secret&user=app", unix("/r.sock", user: "app", password: "secret")),
        ]
    )
    func forms(url: String, address: RedisAddress) throws {
        #expect(try RedisAddress(url) == address)
    }

    @Test(
        "What cannot be used is refused with a reason and an example",
        arguments: [
            ("", "no scheme"), ("localhost:6379", "no scheme"), ("http://h", "scheme is not known"),
            ("redis://", "no host"), ("redis:///0", "no host"), ("redis://:6379", "no host"),
            ("redis://h:", "port"), ("redis://h:0", "port"), ("redis://h:65536", "port"), ("redis://h:x", "port"),
            ("redis://::1:6379", "brackets"), ("redis://[::1", "bracket"), ("redis://[::1]x", "port"),
            ("redis://h/one", "database"), ("redis://h/-1", "database"), ("redis://h/1?db=2", "twice"),
            ("redis://user@h", "no password"), ("redis://:%zz@h", "hexadecimal"), ("redis://:%+1@h", "hexadecimal"),
            ("redis://:%4@h", "hexadecimal"), ("redis://:%ff@h", "UTF-8"), ("redis://h%00", "UTF-8"),
            ("redis://h?timeout=1", "query"), ("redis://h?db", "query"),
            ("unix://", "absolute path"), ("unix:///", "absolute path"), ("unix://host/x", "absolute path"),
            ("unix:///" + String(repeating: "x", count: 107), "107 bytes"),
        ]
    )
    func refusals(url: String, reason: String) {
        let error = #expect(throws: RedisError.self) { try RedisAddress(url) }
        #expect(error?.code == .badAddress)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("redis://:password@host") == true)
    }

    @Test(
        "No description and no error shows the password",
        arguments: [
            "redis://app:hunter2@h:1/2", "unix://app:hunter2@/run/r.sock", "redis://:hunter2@h:x", "redis://:hunter2/h",
            "redis://:h?hunter2@h", "redis://:h/hunter2@h", "ftp://:hunter2@h", "redis://hunter2@h",
        ]
    )
    func secrecy(url: String) {
        do {
            let address = try RedisAddress(url)
            var dumped = ""
            dump(address, to: &dumped)
            #expect(!"\(address) \(String(reflecting: address)) \(dumped)".contains("hunter2"))
            #expect("\(address)".contains("***"))
        } catch {
            #expect(!error.message.contains("hunter2"))
        }
    }

    @Test("A description is the address as a URL, the place is what errors name")
    func descriptions() throws {
        #expect(try RedisAddress("redis://app:x@[::1]").description == "redis://app:***@[::1]:6379/0")
        #expect(try RedisAddress("rediss://h:1/2").description == "rediss://h:1/2")
        #expect(try RedisAddress("unix:///r.sock").description == "unix:///r.sock?db=0")
        #expect(try RedisAddress("redis://[::1]").place == "[::1]:6379")
        #expect(try RedisAddress("unix:///r.sock").place == "/r.sock")
    }
}
