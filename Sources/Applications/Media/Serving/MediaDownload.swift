import ChannelLayers
import CoreMetrics
import HTTPTypes
public import Hummingbird
public import Logging
import NIOCore

/// `GET /media/<id>`: an uploaded file, or a part of it, from any front.
public struct MediaDownload: Sendable {
    /// How much of a file is in memory at a time.
    static let chunk = 128 << 10
    /// A year: the content under an address never changes.
    private static let maximumAge = 31_536_000

    private let store: MediaStore?
    private let logger: Logger

    /// Makes the route.
    ///
    /// - Parameters:
    ///   - store: Where files are; `nil` has none.
    ///   - logger: Told of files that could not be read.
    public init(store: MediaStore?, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Adds the route.
    ///
    /// - Parameter router: The front's HTTP routes.
    public func add(to router: Router<some RequestContext>) {
        router.get("/media/{id}") { request, context in
            try await response(to: request, id: context.parameters.get("id"))
        }
        router.head("/media/{id}") { request, context in
            try await response(to: request, id: context.parameters.get("id")).createHeadResponse()
        }
    }

    private func response(to request: Request, id: String?) async throws -> Response {
        do {
            return try await find(id, for: request)
        } catch {
            return try error.response
        }
    }

    private func find(_ id: String?, for request: Request) async throws(APIAnswer) -> Response {
        let missing = APIAnswer.failure(.notFound, "there is no such file, or its time is over")
        guard let store, let id = id.flatMap({ MediaID($0) }) else { throw missing }
        let keptRecord: KeptMediaRecord?
        do throws(ChannelLayerError) {
            keptRecord = try await store.records.record(id)
        } catch {
            warn("a media file's record could not be read", id, error.message, MediaMetrics.recordLog)
            throw .failure(.serviceUnavailable, "the file cannot be looked up now", [.retryAfter: "1"])
        }
        guard let kept = keptRecord else { throw missing }
        let record = kept.record
        var headers = headers(of: kept)
        if request.knows(tag: Self.tag(of: record)) { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = record.type == "text/plain" ? "text/plain; charset=utf-8" : record.type
        headers[.contentDisposition] = ContentDisposition.field(type: record.type, name: record.name)
        let found = try await open(id, in: store)
        guard let file = found, file.size == record.size else {
            // A front that does not share the directory, or somebody removed or cut the file.
            MediaMetrics.lost.increment()
            let reason = found.map { "it has \($0.size) bytes in place of \(record.size)" } ?? "missing"
            warn("a file has a record and is not in the media directory", id, reason, MediaMetrics.lostLog)
            throw missing
        }
        return response(file, headers: headers, range: Self.range(request, of: record))
    }

    private func headers(of kept: KeptMediaRecord) -> HTTPFields {
        let age = min(Self.maximumAge, max(0, Int(kept.remaining.components.seconds)))
        var headers: HTTPFields = [
            .eTag: Self.tag(of: kept.record), .acceptRanges: "bytes", .xContentTypeOptions: "nosniff",
            .cacheControl: "private, max-age=\(age), immutable",
            // Whatever it is, it runs nothing here.
            .contentSecurityPolicy: "sandbox; default-src 'none'",
        ]
        if let policy = HTTPField.Name("Cross-Origin-Resource-Policy") { headers[policy] = "same-origin" }
        return headers
    }

    private func open(_ id: MediaID, in store: MediaStore) async throws(APIAnswer) -> (any MediaFileReader)? {
        do {
            return try await store.files.open(id)
        } catch {
            warn("a media file could not be opened", id, error.message, MediaMetrics.openLog)
            throw .failure(.serviceUnavailable, "the file cannot be read now", [.retryAfter: "1"])
        }
    }

    private func response(_ file: any MediaFileReader, headers: HTTPFields, range: ByteRange) -> Response {
        var headers = headers
        switch range {
        case .whole:
            return Response(status: .ok, headers: headers, body: Self.body(file, 0..<file.size))
        case .part(let part):
            headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(file.size)"
            return Response(status: .partialContent, headers: headers, body: Self.body(file, part))
        case .unsatisfiable:
            headers[.contentRange] = "bytes */\(file.size)"
            for name in [HTTPField.Name.contentDisposition, .contentType, .cacheControl, .eTag] { headers[name] = nil }
            return Response(status: .rangeNotSatisfiable, headers: headers)
        }
    }

    /// The next piece is read when the client has taken the one before.
    private static func body(_ file: any MediaFileReader, _ range: Range<Int>) -> ResponseBody {
        ResponseBody(contentLength: range.count) { writer in
            var position = range.lowerBound
            while position < range.upperBound {
                let piece = try await file.read(at: position, count: min(chunk, range.upperBound - position))
                // Somebody has cut the file: the client sees that bytes are missing, as the connection ends.
                guard piece.readableBytes > 0 else { throw MediaFileError(.unavailable, "the file was cut") }
                position += piece.readableBytes
                try await writer.write(piece)
            }
            try await writer.finish(nil)
        }
    }

    private static func tag(of record: MediaRecord) -> String { "\"\(record.sha256)\"" }

    /// Only GET knows ranges; with `If-Range` only for who has a part of the same file.
    private static func range(_ request: Request, of record: MediaRecord) -> ByteRange {
        guard request.method == .get else { return .whole }
        if let condition = request.headers[.ifRange], condition != tag(of: record) { return .whole }
        return ByteRange(request.headers[.range], size: record.size)
    }

    private func warn(_ what: Logger.Message, _ id: MediaID, _ error: String, _ limiter: LogLimiter) {
        guard let held = limiter.admit() else { return }
        logger.warning(what, metadata: ["file": "\(id)", "error": "\(error)", "held_back": "\(held)"])
    }
}
