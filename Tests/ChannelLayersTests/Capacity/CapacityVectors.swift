import Foundation
import Testing

/// What `channels_redis` makes of a `channel_capacity` setting.
struct CapacityVectors: Decodable {
    struct Configuration: Decodable {
        let capacity: Int
        let patterns: [Pattern]

        private enum CodingKeys: String, CodingKey {
            case capacity
            case patterns = "channel_capacity"
        }
    }

    /// An entry of the setting: what it is, its text and the capacity.
    struct Pattern: Decodable {
        let kind: String
        let text: String
        let capacity: Int

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            kind = try container.decode(String.self)
            text = try container.decode(String.self)
            capacity = try container.decode(Int.self)
        }
    }

    struct Case: Decodable, Sendable {
        let channel: String
        let capacity: Int
    }

    let config: Configuration
    let vectors: [Case]

    static func load() throws -> CapacityVectors {
        try JSONDecoder().decode(CapacityVectors.self, from: try Self.file("capacities"))
    }

    static func file(_ name: String) throws -> Data {
        let url = Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Vectors")
        return try Data(contentsOf: try #require(url))
    }
}

/// Globs, and which of the names Python's `fnmatch.fnmatchcase` finds to fit each.
struct GlobVectors: Decodable {
    struct Case: Decodable {
        let glob: String
        /// Places in `names`.
        let matches: Set<Int>

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            glob = try container.decode(String.self)
            matches = try container.decode(Set<Int>.self)
        }
    }

    let names: [String]
    let globs: [Case]

    static func load() throws -> GlobVectors {
        try JSONDecoder().decode(GlobVectors.self, from: try CapacityVectors.file("globs"))
    }
}
