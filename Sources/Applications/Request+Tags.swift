import HTTPTypes
import Hummingbird

extension Request {
    /// Whether who asks has the content of a tag already (`If-None-Match`, compared weakly: RFC 9110 section 13.1.2).
    func knows(tag: String) -> Bool {
        let known = headers[.ifNoneMatch]?.split { $0 == "," || $0 == " " || $0 == "\t" } ?? []
        return known.contains { $0 == "*" || ($0.hasPrefix("W/") ? $0.dropFirst(2) : $0) == tag }
    }
}
