/// What is known of a connection from its opening request.
public struct Scope: Sendable {
    /// The path without the query, as it was sent.
    public let path: String
    /// The query without the `?`, as it was sent; empty if there was none.
    public let query: String
    /// The header fields in their order, names as they were sent.
    public let headers: [(name: String, value: String)]
    /// What the route's pattern took from the path, percent-decoded.
    public let arguments: [String: String]
    /// The client's address, such as `127.0.0.1`; `nil` if it is not known.
    public let clientAddress: String?

    /// Makes a scope.
    ///
    /// - Parameters:
    ///   - path: The path without the query.
    ///   - query: The query without the `?`.
    ///   - headers: The header fields in their order.
    ///   - arguments: What the route's pattern took from the path.
    ///   - clientAddress: The client's address.
    public init(
        path: String,
        query: String = "",
        headers: [(name: String, value: String)] = [],
        arguments: [String: String] = [:],
        clientAddress: String? = nil
    ) {
        self.path = path
        self.query = query
        self.headers = headers
        self.arguments = arguments
        self.clientAddress = clientAddress
    }

    /// The first value of a header field.
    ///
    /// - Parameter name: The field's name, in any case.
    /// - Returns: The value, or `nil` if the field was not sent.
    public func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }
}
