import HTTPTypes
import Hummingbird
import NIOCore

/// The rest of a request that was answered before it was read.
///
/// A client that still sends would not see the answer if the connection were closed at once. So the rest is read, but no
/// more of it than a page or two of patience: then the connection ends.
struct UnreadBody {
    /// How much is read.
    static let limit = 32 << 20
    /// For how long.
    static let patience = Duration.seconds(10)

    private let body: UploadBody
    /// What the client said that it sends; `nil` if it has not said.
    private let length: Int?
    private let isChunked: Bool

    init(_ request: Request, _ body: UploadBody) {
        self.body = body
        length = request.headers[.contentLength].flatMap { Int($0) }
        isChunked = request.headers[.transferEncoding] != nil
    }

    /// The answer, after which the rest is read.
    func answered(_ response: Response) -> Response {
        // What is short is read anyway before the connection's next request is.
        guard isChunked || (length ?? 0) > Self.limit else { return response }
        var headers = response.headers
        headers[.connection] = "close"
        let (answer, body) = (response.body, body)
        return Response(
            status: response.status,
            headers: headers,
            body: ResponseBody(contentLength: answer.contentLength) { writer in
                try await answer.write(writer)
                let deadline = ContinuousClock.now + Self.patience
                var count = 0
                while let chunk = try await body.next() {
                    count += chunk.readableBytes
                    guard count <= Self.limit, ContinuousClock.now < deadline else { break }
                }
                // Whatever is left of it: to Hummingbird this is a connection that has failed.
                throw ConnectionEnded()
            }
        )
    }

    private struct ConnectionEnded: Error {}
}
