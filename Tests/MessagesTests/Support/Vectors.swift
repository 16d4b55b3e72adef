import Foundation
import Testing

/// What Python's `msgpack` and `json` wrote and made of what they were given to read.
struct Vectors: Decodable, Sendable {
    /// A value and the bytes that Python writes for it; where they are long, their length and SHA-256.
    struct Encoded: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let value: VectorValue?
        let text: String?
        let hex: String?
        let len: Int?
        let sha256: String?
        let error: String?
        var testDescription: String { name }
    }

    /// Bytes and what Python makes of them.
    struct Decoded: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let hex: String
        let result: VectorValue?
        let error: String?
        var testDescription: String { name }
    }

    let messagePackEncoded: [Encoded]
    let messagePackDecoded: [Decoded]
    let jsonEncoded: [Encoded]

    private enum CodingKeys: String, CodingKey {
        case messagePackEncoded = "msgpack_encode"
        case messagePackDecoded = "msgpack_decode_by_python"
        case jsonEncoded = "json_encode"
    }

    static func load() throws -> Vectors {
        try JSONDecoder().decode(Vectors.self, from: try file("messages"))
    }

    /// Doubles and how Python's `json.dumps` writes them: each a pair of the bits in hexadecimal and the text.
    static func loadFloats() throws -> [[String]] {
        struct Floats: Decodable {
            let floats: [[String]]
        }
        return try JSONDecoder().decode(Floats.self, from: try file("floats")).floats
    }

    private static func file(_ name: String) throws -> Data {
        let url = Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Vectors")
        return try Data(contentsOf: try #require(url))
    }
}
