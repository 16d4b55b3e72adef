/// Takes the URL of a Redis apart; without Foundation, whose URL refuses some passwords and changes others.
enum RedisAddressParser {
    private struct Credentials {
        var username: String?
        var password: String?
    }

    static func parse(_ url: String) throws(RedisError) -> RedisAddress {
        let halves = url.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2 else { throw bad("it has no scheme") }
        let (body, query) = cut(halves[1], at: "?")
        let authorityEnd = body.firstIndex(of: "/") ?? body.endIndex
        let (authority, path) = (body[..<authorityEnd], body[authorityEnd...])
        var credentials = Credentials()
        var place = authority
        if let sign = authority.lastIndex(of: "@") {
            credentials = try parseCredentials(authority[..<sign])
            place = authority[authority.index(after: sign)...]
        }
        let database = try apply(query: query ?? "", to: &credentials)
        if credentials.username != nil, credentials.password == nil {
            throw bad("it names a user but no password; a password alone is written redis://:password@host")
        }
        let endpoint: RedisAddress.Endpoint
        var pathDatabase: Int?
        switch halves[0].lowercased() {
        case "redis", "rediss":
            endpoint = try parseHost(place)
            pathDatabase = try parseDatabase(path.dropFirst())
        case "unix":
            endpoint = try parseSocket(place, path)
        default:
            throw bad("its scheme is not known")
        }
        guard database == nil || pathDatabase == nil else { throw bad("it names the database twice") }
        return RedisAddress(
            endpoint: endpoint,
            usesTLS: halves[0].lowercased() == "rediss",
            username: credentials.username,
            password: credentials.password,
            database: database ?? pathDatabase ?? 0
        )
    }

    // MARK: Parts

    private static func parseCredentials(_ text: Substring) throws(RedisError) -> Credentials {
        let (user, password) = cut(text, at: ":")
        let username = try decode(user, "user name")
        return Credentials(
            username: username.isEmpty ? nil : username,
            password: try password.map { (text) throws(RedisError) in try decode(text, "password") }
        )
    }

    private static func apply(query: Substring, to credentials: inout Credentials) throws(RedisError) -> Int? {
        var database: Int?
        for item in query.split(separator: "&") {
            let (name, value) = cut(item, at: "=")
            guard let value else { throw bad("an item of its query has no value") }
            switch name {
            case "db": database = try parseDatabase(value)
            case "user", "username": credentials.username = try decode(value, "user name")
            case "password": credentials.password = try decode(value, "password")
            default: throw bad("its query may hold db, user and password only")
            }
        }
        return database
    }

    private static func parseHost(_ text: Substring) throws(RedisError) -> RedisAddress.Endpoint {
        var host = text
        var port: Substring?
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else {
                throw bad("the bracket of its IPv6 address is not closed")
            }
            host = text[text.index(after: text.startIndex)..<close]
            let rest = text[text.index(after: close)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw bad("a port must follow its IPv6 address") }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else {
            (host, port) = cut(text, at: ":")
            if port?.contains(":") == true { throw bad("an IPv6 address stands in brackets, as in redis://[::1]:6379") }
        }
        guard !host.isEmpty else { throw bad("it names no host") }
        guard let port else { return .tcp(host: try decode(host, "host"), port: 6379) }
        guard let number = Int(port), (1...65_535).contains(number) else {
            throw bad("its port is not a number from 1 to 65535")
        }
        return .tcp(host: try decode(host, "host"), port: number)
    }

    private static func parseSocket(_ host: Substring, _ path: Substring) throws(RedisError) -> RedisAddress.Endpoint {
        guard host.isEmpty, path.count > 1 else {
            throw bad("a socket needs an absolute path, as in unix:///run/redis/redis.sock")
        }
        let decoded = try decode(path, "path")
        // `sockaddr_un` holds 108 bytes with the closing zero.
        guard decoded.utf8.count < 108 else { throw bad("its socket path is longer than 107 bytes") }
        return .unix(path: decoded)
    }

    private static func parseDatabase(_ text: Substring) throws(RedisError) -> Int? {
        if text.isEmpty { return nil }
        guard let number = Int(text), number >= 0 else { throw bad("its database is not a number from 0 up") }
        return number
    }

    // MARK: Text

    private static func cut(_ text: Substring, at separator: Character) -> (Substring, Substring?) {
        guard let index = text.firstIndex(of: separator) else { return (text, nil) }
        return (text[..<index], text[text.index(after: index)...])
    }

    private static func decode(_ text: Substring, _ part: String) throws(RedisError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = Substring(rest.prefix(2))
            guard digits.utf8.count == 2, digits.allSatisfy(\.isHexDigit), let value = UInt8(digits, radix: 16) else {
                throw bad("a % in its \(part) is not followed by two hexadecimal digits; a plain % is written %25")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self), !decoded.utf8.contains(0) else {
            throw bad("its \(part) is not UTF-8 text")
        }
        return decoded
    }

    private static func bad(_ reason: String) -> RedisError {
        let forms = "redis://:password@host:6379/0, rediss://host:6380 or unix:///path/to/redis.sock?db=0"
        return RedisError(.badAddress, "the address of Redis is not usable: \(reason); write it like \(forms)")
    }
}
