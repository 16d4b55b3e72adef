import Testing

@testable import RedisBackends

/// Which server Python takes for a name.
@Suite struct HostRingTests {
    struct Vector: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let crc32: String
        let low12: Int
        /// The index with one server, with two, and so on.
        let ring: [Int]
        var testDescription: String { name }
    }

    private struct Hash: Decodable {
        let vectors: [Vector]
        let starts: [String: [Int]]
        let roundedOtherwise: [String: [Int]]

        private enum CodingKeys: String, CodingKey {
            case vectors
            case starts = "first_low12_of_each_node"
            case roundedOtherwise = "integer_formula_b*ring/4096_differs_for_rings_up_to_256"
        }

        private struct File: Decodable {
            let hash: Hash

            private enum CodingKeys: String, CodingKey {
                case hash = "consistent_hash"
            }
        }

        static func load() throws -> Hash {
            try RedisBackendsTests.vectors(File.self, in: "hash").hash
        }
    }

    @Test("every name of the vectors has Python's index in every ring")
    func names() throws {
        let vectors = try Hash.load().vectors
        #expect(vectors.count == 135)
        for vector in vectors {
            #expect(CRC32.checksum(of: vector.name.utf8) == UInt32(vector.crc32, radix: 16), "\(vector.name)")
            #expect(HostRing.point(of: vector.name) == vector.low12, "\(vector.name)")
            let indices = vector.ring.indices.map { HostRing(count: $0 + 1).index(of: vector.name) }
            #expect(indices == vector.ring, "\(vector.name)")
            #expect(HostRing(count: 3).index(of: vector.name[...]) == vector.ring[2])
        }
    }

    @Test("each server's part of the ring begins where Python's does")
    func starts() throws {
        for (count, starts) in try Hash.load().starts {
            let ring = HostRing(count: try #require(Int(count)))
            let indices = (0..<4096).map { ring.index(ofPoint: $0) }
            #expect(indices == indices.sorted())
            #expect(starts == (0..<ring.count).map { indices.firstIndex(of: $0) ?? -1 })
            #expect(indices.last == ring.count - 1)
        }
    }

    @Test("doubles decide where whole numbers would round otherwise")
    func rounding() throws {
        let expected = try Hash.load().roundedOtherwise
        for count in 1...256 {
            let ring = HostRing(count: count)
            let differing = (0..<4096).filter { ring.index(ofPoint: $0) != $0 * count / 4096 }
            #expect(differing == expected[String(count)] ?? [], "\(count)")
        }
    }
}
