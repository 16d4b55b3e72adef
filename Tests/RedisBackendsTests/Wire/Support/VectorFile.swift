import Foundation
import Testing

/// Reads one of the files that Python wrote.
func vectors<Contents: Decodable>(_ type: Contents.Type, in name: String) throws -> Contents {
    let url = Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Vectors")
    return try JSONDecoder().decode(type, from: try Data(contentsOf: try #require(url)))
}
