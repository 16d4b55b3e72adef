import Logging
import Messages
import MusterTesting
import Testing

@testable import Applications

struct MediaRecordTests {
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func record(_ name: String = "a.png") throws -> MediaRecord {
        let sha256 = String(repeating: "0123456789abcdef", count: 4)
        return try #require(MediaRecord(type: "image/png", size: 7, sha256: sha256, name: name))
    }

    @Test("A record's id and address are of its digest; what is no digest makes no record")
    func digest() throws {
        let record = try record("ä b.png")
        #expect(record.url == "/media/0123456789abcdef0123456789abcdef")
        #expect(record.fields["id"] == "0123456789abcdef0123456789abcdef" && record.fields["size"] == 7)
        let digest = record.sha256
        for (sha256, size) in [(String(digest.dropLast()), 7), (digest.uppercased(), 7), (digest, -7)] {
            #expect(MediaRecord(type: "image/png", size: size, sha256: sha256, name: "a") == nil)
        }
    }

    @Test("Types are taken whatever case their globs are written in")
    func globs() {
        let rules = MediaRules(types: ["Image/*", "text/PLAIN"])
        #expect(rules.allows("image/png") && rules.allows("text/plain") && !rules.allows("audio/ogg"))
    }

    @Test("The files that a text names are found, four at most")
    func named() throws {
        let ids = (0..<6).map { "\($0)" + String(repeating: "a", count: 31) }
        let text = try JSON.encode(.map(record().fields))
        #expect(KeptMedia.files(namedIn: text).map(\.rawValue) == [try record().id.rawValue])
        #expect(
            KeptMedia.files(namedIn: "see /media/\(ids[0]), http://x/media/\(ids[1])").map(\.rawValue) == [
                ids[0], ids[1],
            ]
        )
        #expect(KeptMedia.files(namedIn: ids.map { "/media/\($0)" }.joined()).count == 4)
        #expect(KeptMedia.files(namedIn: String(repeating: "/media/\(ids[0]) ", count: 9)).count == 1)
        for text in [
            "", "/media/", "/media/abc", "/media/\(ids[0])b", "//media/x/media", "/media/\(ids[0].uppercased())",
        ] {
            #expect(KeptMedia.files(namedIn: text).isEmpty)
        }
    }

    @Test("The store in memory keeps its promises", arguments: MediaRecordsContract.all)
    func contract(_ contract: MediaRecordsContract) async throws {
        try await contract.check(InMemoryMediaRecords())
    }

    @Test("Naming a file keeps its record for the long time; naming one without a record does nothing")
    func kept() async throws {
        let directory = try ScratchDirectory()
        let store = MediaStore(
            files: try DirectoryMediaFiles(directory: directory.path),
            records: InMemoryMediaRecords()
        )
        let record = try record()
        let keeper = KeptMedia(store: store, logger: quiet)
        await keeper.keepMedia(namedIn: record.url)
        #expect(try await store.records.record(record.id) == nil)
        try await store.records.save(record, for: store.rules.unnamedLifetime)
        await keeper.keepMedia(namedIn: "nothing")
        #expect(try #require(await store.records.record(record.id)).remaining < .seconds(90_000))
        await keeper.keepMedia(namedIn: try JSON.encode(.map(record.fields)))
        #expect(try #require(await store.records.record(record.id)).remaining > .seconds(29 * 86_400))
    }
}
