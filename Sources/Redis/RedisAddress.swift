/// Where Redis is and who asks: `redis://`, `rediss://` (TLS) or `unix://`.
package struct RedisAddress: Sendable, Equatable {
    /// The place to connect to.
    package enum Endpoint: Sendable, Hashable {
        /// A host name or an IP address, an IPv6 one without brackets.
        case tcp(host: String, port: Int)
        /// The absolute path of a Unix socket.
        case unix(path: String)
    }

    package let endpoint: Endpoint
    /// Whether the connection is encrypted (`rediss://`).
    package let usesTLS: Bool
    /// The ACL user; `nil` is Redis' `default` user.
    package let username: String?
    package let password: String?
    /// The database that SELECT chooses; 0 needs no SELECT.
    package let database: Int

    init(endpoint: Endpoint, usesTLS: Bool, username: String?, password: String?, database: Int) {
        self.endpoint = endpoint
        self.usesTLS = usesTLS
        self.username = username
        self.password = password
        self.database = database
    }

    /// Reads an address from a URL.
    ///
    /// Forms: `redis://[[user]:password@]host[:port][/database]`, `rediss://…` for TLS, and
    /// `unix://[[user]:password@]/path/to/socket[?db=1]`. `db`, `user` and `password` may stand in the query of each.
    /// User, password, host and path are percent-decoded; an IPv6 address stands in brackets; the port defaults to 6379.
    ///
    /// - Throws: ``RedisError`` with code `.badAddress`; its message never shows the password.
    package init(_ url: String) throws(RedisError) {
        self = try RedisAddressParser.parse(url)
    }
}

extension RedisAddress {
    /// The place alone, as logs and errors name it: `127.0.0.1:6379`, `[::1]:6379`, `/run/redis.sock`.
    package var place: String {
        switch endpoint {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        }
    }

    /// What to check when the two sides do not understand each other from the first byte on.
    var transportAdvice: String {
        usesTLS ? "does this port speak TLS? If not, use redis://" : "does this port want TLS? Then use rediss://"
    }
}

extension RedisAddress: CustomStringConvertible, CustomReflectable {
    /// The address as a URL, with `***` in place of the password.
    package var description: String {
        let credentials = password == nil ? "" : "\(username ?? ""):***@"
        switch endpoint {
        case .tcp:
            return "\(usesTLS ? "rediss" : "redis")://\(credentials)\(place)/\(database)"
        case .unix:
            return "unix://\(credentials)\(place)?db=\(database)"
        }
    }

    /// Hides the password from `dump` and from test failures too.
    package var customMirror: Mirror {
        Mirror(self, children: ["description": description])
    }
}
