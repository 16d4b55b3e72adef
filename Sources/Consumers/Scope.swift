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
    /// The WebSocket subprotocol that is spoken on the connection (RFC 6455 section 1.9), which its route asks for; `nil`
    /// if that asks for none.
    public let subprotocol: String?
    /// The client's address, such as `127.0.0.1`; `nil` if it is not known.
    public let clientAddress: String?

    /// Makes a scope.
    ///
    /// - Parameters:
    ///   - path: The path without the query.
    ///   - query: The query without the `?`.
    ///   - headers: The header fields in their order.
    ///   - arguments: What the route's pattern took from the path.
    ///   - subprotocol: The WebSocket subprotocol that is spoken.
    ///   - clientAddress: The client's address.
    public init(
        path: String,
        query: String = "",
        headers: [(name: String, value: String)] = [],
        arguments: [String: String] = [:],
        subprotocol: String? = nil,
        clientAddress: String? = nil
    ) {
        self.path = path
        self.query = query
        self.headers = headers
        self.arguments = arguments
        self.subprotocol = subprotocol
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

    /// The first value of a parameter of the query, percent-decoded; a `+` stands for a space, as in an HTML form.
    ///
    /// - Parameter name: The parameter's name.
    /// - Returns: The value, empty if there is none after the name; `nil` if the query does not have the parameter, or its
    ///   value is not UTF-8.
    public func parameter(_ name: String) -> String? {
        encodedParameter(name).flatMap { PercentEncoding.decode($0) }
    }

    /// Whether the query has a parameter, be its value UTF-8 or not: tells one that is bad from one that is absent.
    ///
    /// - Parameter name: The parameter's name.
    /// - Returns: Whether it is there.
    public func hasParameter(_ name: String) -> Bool {
        encodedParameter(name) != nil
    }

    private func encodedParameter(_ name: String) -> Substring? {
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard PercentEncoding.decode(parts[0].replacing("+", with: " ")) == name else { continue }
            return (parts.count > 1 ? parts[1] : "").replacing("+", with: " ")
        }
        return nil
    }
}
