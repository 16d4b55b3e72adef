import Foundation

/// Where a `ws://` or `http://` address points to, taken apart.
struct Endpoint: Sendable, Hashable {
    var host: String
    var port: Int
    /// Path and query, percent-encoded, beginning with `/`.
    var target: String

    init(host: String, port: Int, target: String) {
        self.host = host
        self.port = port
        self.target = target
    }

    /// Takes an address apart.
    ///
    /// - Parameter url: An address with scheme `ws` or `http`; port 80 when it names none.
    /// - Throws: ``HarnessError/unexpected(_:)`` when it is not such an address.
    init(_ url: String) throws {
        guard let parts = URLComponents(string: url), let scheme = parts.scheme, ["ws", "http"].contains(scheme),
            let host = parts.host
        else {
            throw HarnessError.unexpected("“\(url)” is not a ws:// or http:// address")
        }
        let path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
        self.init(
            host: host,
            port: parts.port ?? 80,
            target: parts.percentEncodedQuery.map { "\(path)?\($0)" } ?? path
        )
    }

    /// What belongs into the `Host` header.
    var authority: String { "\(host):\(port)" }
}
