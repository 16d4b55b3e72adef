import Crypto
import HTTPTypes

/// The keys that callers of the API show as `Authorization: Bearer <key>`.
///
/// Kept as digests, which are compared in constant time: how long a refusal takes says nothing about the keys.
public struct BearerKeys: Sendable {
    /// What a request's authorization comes to.
    enum Verdict: Sendable, Equatable {
        case granted
        case refused
        /// There is no key that could be shown.
        case noKeys
    }

    private let digests: [SHA256.Digest]

    /// Takes the keys.
    ///
    /// - Parameter keys: Any texts that are not empty; without one, nobody is let in.
    public init(_ keys: [String]) {
        digests = keys.filter { !$0.isEmpty }.map { SHA256.hash(data: Array($0.utf8)) }
    }

    /// Looks at the header field of a request.
    func verdict(on headers: HTTPFields) -> Verdict {
        guard !digests.isEmpty else { return .noKeys }
        guard let key = Self.key(in: headers[.authorization]) else { return .refused }
        let digest = SHA256.hash(data: Array(key.utf8))
        // All of them are looked at, whichever it is.
        return digests.reduce(false) { found, known in known == digest || found } ? .granted : .refused
    }

    /// The scheme's name is the same in any case (RFC 9110 section 11.1).
    private static func key(in field: String?) -> Substring? {
        guard let field, let space = field.firstIndex(of: " ") else { return nil }
        let key = field[space...].drop { $0 == " " }
        return field[..<space].lowercased() == "bearer" && !key.isEmpty ? key : nil
    }
}
