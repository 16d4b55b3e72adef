import NIOCore

/// An HTTP response as a client sees it.
struct HTTPReply: Sendable {
    let status: Int
    /// Names in lower case.
    let fields: [String: String]
    let body: String

    /// Takes a response with a length, or 101, from the bytes; `nil` if it is not all there.
    init?(from bytes: inout ByteBuffer) throws {
        let view = bytes.readableBytesView
        guard let end = view.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        var lines = String(decoding: view[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")[...]
        guard let first = lines.popFirst(), let status = Int(first.split(separator: " ")[1]) else {
            throw TestFailure("not an HTTP response")
        }
        fields = lines.reduce(into: [:]) { fields, line in
            let parts = line.split(separator: ":", maxSplits: 1)
            fields[parts[0].lowercased()] = parts[1].drop { $0 == " " }.description
        }
        self.status = status
        let length = Int(fields["content-length"] ?? "0") ?? 0
        let headLength = view.distance(from: view.startIndex, to: end.upperBound)
        guard bytes.readableBytes >= headLength + length else { return nil }
        bytes.moveReaderIndex(forwardBy: headLength)
        body = bytes.readString(length: length) ?? ""
    }
}
