import Applications
import MusterTesting
import RedisBackends
import Testing

/// The records of uploaded files on a real Redis.
@Suite("Media records on Redis")
struct MediaRecordsTests {
    @Test("They keep the promises of every store, on one host and on two", arguments: [1, 2])
    func contract(hosts: Int) async throws {
        try await withLayers(1, hosts: hosts) { layers in
            let store = RedisMediaRecords(sharing: layers[0])
            for contract in MediaRecordsContract.all { try await contract.check(store) }
        }
    }

    @Test("A record is a hash that expires, of one key, and others are not read as one")
    func hash() async throws {
        try await withLayers(1) { layers in
            let store = RedisMediaRecords(sharing: layers[0])
            let sha256 = String(repeating: "ab", count: 32)
            let record = try #require(MediaRecord(type: "image/png", size: 7, sha256: sha256, name: "a.png"))
            try await store.save(record, for: .seconds(100))
            let key = "asgi:media:\(record.id)"
            #expect(try await layers.redis[0].cli("keys", "asgi:media:*") == key)
            #expect(try await layers.redis[0].cli("hget", key, "name") == "a.png")
            #expect(Int(try await layers.redis[0].cli("ttl", key)) ?? 0 > 50)
            try await layers.redis[0].cli("hset", key, "size", "many")
            #expect(try await store.record(record.id) == nil)
        }
    }
}
