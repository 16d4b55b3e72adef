public import ChannelLayers
import CoreMetrics
import HTTPTypes
public import Hummingbird
public import Logging
import Messages
import NIOCore

/// `POST /api/v1/groups/<group>/send`: sends a message to a group, and records it if the group keeps a history.
///
/// The body is the message: a JSON object with a text `type`. The answer is `{"id": "1732219200000-0"}`, with `null` for
/// a message that is not recorded, or `{"error": "…"}` with a status that says whose turn it is.
public struct GroupSendAPI: Sendable {
    /// The longest body, in bytes.
    public static let maximumLength = 1 << 20
    private static let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete]

    private let layer: any ChannelLayer
    private let keys: BearerKeys
    private let logger: Logger

    /// Makes the API.
    ///
    /// - Parameters:
    ///   - layer: Where messages are sent.
    ///   - keys: What callers have to show.
    ///   - logger: Told of callers that were refused.
    public init(layer: any ChannelLayer, keys: BearerKeys, logger: Logger) {
        self.layer = layer
        self.keys = keys
        self.logger = logger
    }

    /// Adds the route, and clear answers for what is beside it.
    ///
    /// - Parameter router: The front's HTTP routes.
    public func add(to router: Router<some RequestContext>) {
        for method in Self.methods {
            // Every path below it, so that whatever is asked for is answered in JSON.
            router.on("/api/**", method: method) { request, context in
                try await answer(request, at: context.parameters.getCatchAll()).response
            }
        }
    }

    private func answer(_ request: Request, at path: [Substring]) async -> APIAnswer {
        guard path.count == 4, path[..<2] == ["v1", "groups"], path[3] == "send" else {
            return .failure(.notFound, "there is only POST /api/v1/groups/<group>/send")
        }
        guard request.method == .post else {
            return .failure(.methodNotAllowed, "send with POST", [.allow: "POST"])
        }
        return await answer(request, to: String(path[2]))
    }

    private func answer(_ request: Request, to group: String) async -> APIAnswer {
        do {
            let id = try await send(request, to: group)
            APIMetrics.sends.increment()
            return APIAnswer(status: .ok, fields: ["id": id.map { .string($0.description) } ?? .null])
        } catch {
            APIMetrics.refusals(error.status).increment()
            return error
        }
    }

    private func send(_ request: Request, to name: String) async throws(APIAnswer) -> MessageID? {
        try authorize(request)
        let group = try Self.group(name)
        let message = try await Self.message(in: request)
        do {
            return try await layer.groupRecord(message, to: group)
        } catch {
            throw Self.answer(to: error)
        }
    }

    private func authorize(_ request: Request) throws(APIAnswer) {
        switch keys.verdict(on: request.headers) {
        case .granted:
            return
        case .noKeys:
            throw .failure(.forbidden, "no key is configured: set --api-keys or MUSTER_API_KEYS at the front")
        case .refused:
            if let held = APIMetrics.refusalLog.admit() {
                logger.warning("an API request without a valid key", metadata: ["held_back": "\(held)"])
            }
            throw .failure(
                .unauthorized,
                "send one of the configured keys as 'Authorization: Bearer <key>'",
                [.wwwAuthenticate: "Bearer"]
            )
        }
    }

    private static func group(_ name: String) throws(APIAnswer) -> GroupName {
        do {
            return try GroupName(name)
        } catch {
            throw .failure(.badRequest, error.message)
        }
    }

    private static func message(in request: Request) async throws(APIAnswer) -> Message {
        let tooLong = APIAnswer.failure(.contentTooLarge, "the message is longer than \(maximumLength) bytes")
        // Announced lengths are refused before a byte of them is read.
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > maximumLength { throw tooLong }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: maximumLength)
        } catch is NIOTooManyBytesError {
            throw tooLong
        } catch {
            throw .failure(.badRequest, "the body cannot be read: \(error)")
        }
        do {
            return try Message(json: Array(body.readableBytesView))
        } catch {
            throw .failure(.badRequest, error.description)
        }
    }

    private static func answer(to error: ChannelLayerError) -> APIAnswer {
        switch error.code {
        case .invalidMessage: .failure(.badRequest, error.message)
        // Only an operator can help here.
        case .refused: .failure(.internalServerError, error.message)
        default: .failure(.serviceUnavailable, error.message, [.retryAfter: "1"])
        }
    }
}
