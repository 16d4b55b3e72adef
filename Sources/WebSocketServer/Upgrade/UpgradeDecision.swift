import Consumers
import NIOHTTP1

/// What becomes of a request, seen from its head alone.
enum UpgradeDecision: Sendable {
    /// Not a matter of WebSockets: the HTTP application answers.
    case http
    /// A sound opening handshake (RFC 6455 section 4.2.1) for a path that a consumer answers.
    case accept(Handshake)
    /// Answered at once; the connection is closed after it.
    case refuse(UpgradeRefusal)

    init(_ head: HTTPRequestHead, router: ConsumerRouter) {
        let uri = Self.originForm(head.uri).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = uri.first ?? "/"
        let isUpgrade = head.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
        let offered = head.headers[canonicalForm: "sec-websocket-protocol"].map(String.init)
        guard let match = router.match(path, offering: offered) else {
            self = isUpgrade ? .refuse(.notFound) : .http
            return
        }
        guard isUpgrade else {
            self = match.isBesidePage ? .http : .refuse(.upgradeRequired)
            return
        }
        do {
            self = .accept(
                Handshake(
                    match: match,
                    path: String(path),
                    query: uri.count > 1 ? String(uri[1]) : "",
                    headers: head.headers,
                    acceptKey: try Self.checkedAcceptKey(head)
                )
            )
        } catch {
            self = .refuse(error)
        }
    }

    /// A request's target without scheme and authority, which every server has to take (RFC 9112 section 3.2.2).
    private static func originForm(_ target: String) -> Substring {
        guard !target.hasPrefix("/"), let mark = target.firstRange(of: "://") else { return target[...] }
        return target[mark.upperBound...].drop { $0 != "/" }
    }

    /// Checks the handshake's fields; returns what `Sec-WebSocket-Accept` answers.
    private static func checkedAcceptKey(_ head: HTTPRequestHead) throws(UpgradeRefusal) -> String {
        guard head.method == .GET else { throw .methodNotAllowed }
        guard head.version.major == 1, head.version.minor >= 1 else { throw .badRequest("HTTP/1.1 or later is needed") }
        guard head.headers[canonicalForm: "connection"].contains(where: { $0.lowercased() == "upgrade" }) else {
            throw .badRequest("the Connection field does not name Upgrade")
        }
        guard
            !head.headers.contains(name: "transfer-encoding"),
            head.headers["content-length"].allSatisfy({ $0 == "0" })
        else { throw .badRequest("an opening handshake has no body") }
        let versions = head.headers[canonicalForm: "sec-websocket-version"]
        guard let version = versions.first else { throw .badRequest("Sec-WebSocket-Version is missing") }
        guard versions.count == 1, version == "13" else { throw .versionNotSupported }
        let keys = head.headers[canonicalForm: "sec-websocket-key"]
        guard keys.count == 1, let key = keys.first, let accept = AcceptKey.answer(to: String(key)) else {
            throw .badRequest("Sec-WebSocket-Key is not 16 bytes in base64")
        }
        return accept
    }
}

/// A sound opening handshake.
struct Handshake: Sendable {
    let match: ConsumerRouter.Match
    let path: String
    let query: String
    let headers: HTTPHeaders
    let acceptKey: String

    /// The answer: 101, RFC 6455 section 4.2.2.
    var response: HTTPResponseHead {
        var headers: HTTPHeaders = ["Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": acceptKey]
        if let subprotocol = match.subprotocol { headers.add(name: "Sec-WebSocket-Protocol", value: subprotocol) }
        return HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
    }

    func scope(clientAddress: String?) -> Scope {
        Scope(
            path: path,
            query: query,
            headers: headers.map { (name: $0.name, value: $0.value) },
            arguments: match.arguments,
            subprotocol: match.subprotocol,
            clientAddress: clientAddress
        )
    }
}

/// Why a request for a WebSocket path gets no WebSocket.
enum UpgradeRefusal: Error, Sendable, Equatable {
    case notFound
    case upgradeRequired
    case methodNotAllowed
    case versionNotSupported
    case badRequest(String)

    var status: HTTPResponseStatus {
        switch self {
        case .notFound: .notFound
        case .upgradeRequired, .versionNotSupported: .upgradeRequired
        case .methodNotAllowed: .methodNotAllowed
        case .badRequest: .badRequest
        }
    }

    /// One line for whoever reads the answer.
    var text: String {
        switch self {
        case .notFound: "no WebSocket is served at this path"
        case .upgradeRequired: "this path is served by WebSocket only"
        case .methodNotAllowed: "a WebSocket is opened with GET"
        case .versionNotSupported: "only WebSocket version 13 is spoken here"
        case .badRequest(let what): "bad opening handshake: \(what)"
        }
    }

    var response: HTTPResponseHead {
        var headers: HTTPHeaders = [
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Length": String(text.utf8.count + 1),
            "Connection": "close",
        ]
        switch self {
        case .upgradeRequired, .versionNotSupported:
            headers.add(name: "Upgrade", value: "websocket")
            headers.replaceOrAdd(name: "Connection", value: "Upgrade, close")
            headers.add(name: "Sec-WebSocket-Version", value: "13")
        case .methodNotAllowed:
            headers.add(name: "Allow", value: "GET")
        case .notFound, .badRequest:
            break
        }
        return HTTPResponseHead(version: .http1_1, status: status, headers: headers)
    }
}
