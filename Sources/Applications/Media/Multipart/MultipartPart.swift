/// What the headers of one part of a form say.
struct MultipartPart: Sendable, Equatable {
    /// The name of the form's field.
    let name: String?
    /// What the user calls the file, as it was sent.
    let filename: String?

    /// Reads the lines between a delimiter and an empty line; those that are not understood are passed over.
    init(headers: ArraySlice<UInt8>) {
        var dispositions: [HeaderParameters] = []
        for line in Self.lines(headers) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let name = String(decoding: line[..<colon], as: UTF8.self)
            guard name.lowercased() == "content-disposition" else { continue }
            dispositions.append(HeaderParameters(String(decoding: line[(colon + 1)...], as: UTF8.self)))
        }
        let disposition = dispositions.first { $0.value == "form-data" }
        name = disposition?.text("name")
        filename = disposition?.text("filename")
    }

    /// The lines, each with those that continue it, which begin with white space.
    private static func lines(_ headers: ArraySlice<UInt8>) -> [[UInt8]] {
        headers.split(separator: UInt8(ascii: "\n")).reduce(into: []) { lines, line in
            let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            if let last = lines.indices.last, text.first == UInt8(ascii: " ") || text.first == UInt8(ascii: "\t") {
                lines[last] += text
            } else {
                lines.append(Array(text))
            }
        }
    }
}

/// The boundary in a `Content-Type: multipart/form-data; boundary=…`.
enum MultipartBoundary {
    /// `nil` for other types, and for a boundary that breaks RFC 2046's rules.
    static func read(_ contentType: String?) -> String? {
        let field = HeaderParameters(contentType ?? "")
        guard field.value == "multipart/form-data", let boundary = field["boundary"] else { return nil }
        let isGood = (1...70).contains(boundary.utf8.count) && boundary.utf8.allSatisfy(characters.contains)
        return isGood && boundary.last != " " ? boundary : nil
    }

    private static let characters = Set(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'()+_,-./:=? ".utf8
    )
}
