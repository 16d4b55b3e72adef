import Hummingbird
import NIOCore

/// A request's body, of which one reader may take the beginning and another the rest.
///
/// Hummingbird's body can be iterated once only.
///
/// Unchecked: a request is handled by one task, which calls `next` one time after the other.
final class UploadBody: @unchecked Sendable {
    private var iterator: RequestBody.AsyncIterator

    init(_ body: RequestBody) {
        iterator = body.makeAsyncIterator()
    }

    /// What comes next; `nil` behind the end.
    ///
    /// - Throws: What ended the connection.
    func next() async throws -> ByteBuffer? {
        try await iterator.next()
    }
}
