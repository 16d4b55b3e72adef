import CoreMetrics
import HTTPTypes
public import Hummingbird
public import Logging
import Messages
import NIOCore
import Synchronization

/// `POST /upload/`: stores the file in the part `file` of a form, and answers with its record as JSON.
///
/// The file is checked and stored as it comes; nothing is left of one that is not taken. The answer to such a one is
/// `{"error": "…"}` with a status that says whose turn it is.
public struct MediaUpload: Sendable {
    /// How many bytes of a form may be around the file.
    static let formAllowance = 64 << 10
    /// How many uploads there may be at a time.
    static let maximumUploads = 64
    /// How long an upload may take.
    static let timeLimit = Duration.seconds(1800)
    /// How long an upload may take whatever its speed.
    static let slowTime = Duration.seconds(30)
    /// How many bytes a second have to come on average, after that time.
    static let minimumRate = 4096

    private let store: MediaStore?
    private let logger: Logger
    private let running = RunningUploads()

    /// Makes the route.
    ///
    /// - Parameters:
    ///   - store: Where files go; `nil` takes none, and says so.
    ///   - logger: Told of files that could not be stored.
    public init(store: MediaStore?, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Adds the route.
    ///
    /// - Parameter router: The front's HTTP routes.
    public func add(to router: Router<some RequestContext>) {
        router.post("/upload/") { request, _ in try await response(to: request) }
        for method in [HTTPRequest.Method.get, .head, .put, .patch, .delete] {
            router.on("/upload/", method: method) { request, _ in
                let answer = APIAnswer.failure(.methodNotAllowed, "upload with POST", [.allow: "POST"])
                return try UnreadBody(request, UploadBody(request.body)).answered(answer.response)
            }
        }
    }

    private func response(to request: Request) async throws -> Response {
        let body = UploadBody(request.body)
        do {
            let record = try await receive(request, body)
            MediaMetrics.uploads.increment()
            MediaMetrics.uploadedBytes.increment(by: record.size)
            let headers: HTTPFields = [.location: record.url]
            return try APIAnswer(status: .created, fields: record.fields, headers: headers).response
        } catch let error as APIAnswer {
            MediaMetrics.refusals(error.status).increment()
            return try UnreadBody(request, body).answered(error.response)
        }
    }

    private func receive(_ request: Request, _ body: UploadBody) async throws(APIAnswer) -> MediaRecord {
        // Another site's page may send forms here with what this browser is allowed to reach.
        guard Self.fetchSite.flatMap({ request.headers[$0] })?.lowercased() != "cross-site" else {
            throw .failure(.forbidden, "a page of another site must not upload here")
        }
        guard let store else {
            throw .failure(.serviceUnavailable, "files are not kept here: set --media-directory at the front")
        }
        guard let length = request.headers[.contentLength].flatMap({ Int($0) }) else {
            throw .failure(.lengthRequired, "send a Content-Length")
        }
        // Announced lengths are refused before a byte of them is read.
        guard length <= store.rules.limit + Self.formAllowance else {
            throw MediaReception.tooLarge(limit: store.rules.limit)
        }
        guard let boundary = MultipartBoundary.read(request.headers[.contentType]) else {
            throw .failure(.unsupportedMediaType, "send the file as multipart/form-data with a boundary")
        }
        guard running.begin(limit: Self.maximumUploads) else {
            throw .failure(.serviceUnavailable, "too many uploads are on their way", [.retryAfter: "5"])
        }
        defer { running.end() }
        var reception = MediaReception(boundary: boundary, store: store, logger: logger)
        do throws(APIAnswer) {
            try await Self.read(body, into: &reception)
            return try await reception.finish()
        } catch {
            reception.abandon()
            throw error
        }
    }

    private static func read(_ body: UploadBody, into reception: inout MediaReception) async throws(APIAnswer) {
        let start = ContinuousClock.now
        var count = 0
        do {
            while let chunk = try await body.next() {
                count += chunk.readableBytes
                guard !isTooSlow(count, after: .now - start) else {
                    throw APIAnswer.failure(.requestTimeout, "the upload took too long")
                }
                try await reception.take(chunk)
            }
        } catch let error as APIAnswer {
            throw error
        } catch {
            throw .failure(.badRequest, "the form is cut off: \(error)")
        }
    }

    /// Whether an upload holds its place for too little.
    static func isTooSlow(_ bytes: Int, after time: Duration) -> Bool {
        time > timeLimit || time > slowTime && Double(bytes) < Double(minimumRate) * (time / .seconds(1))
    }

    /// Browsers say with it from where a request comes.
    private static let fetchSite = HTTPField.Name("Sec-Fetch-Site")
}

/// How many uploads a front has on their way.
private final class RunningUploads: Sendable {
    private let count = Mutex(0)

    func begin(limit: Int) -> Bool {
        count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
    }

    func end() {
        count.withLock { $0 -= 1 }
    }
}
