import ChannelLayers
import Foundation
import Logging
import Synchronization
import Testing

@testable import Applications

struct MediaCleanupTests {
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let directory: ScratchDirectory
    private let files: DirectoryMediaFiles
    private let records = InMemoryMediaRecords()

    init() throws {
        directory = try ScratchDirectory()
        files = try DirectoryMediaFiles(directory: directory.path)
    }

    private func cleanup(_ records: (any MediaRecordStore)? = nil) -> MediaCleanup {
        MediaCleanup(store: MediaStore(files: files, records: records ?? self.records), logger: quiet)
    }

    private func record(_ digit: Int) throws -> MediaRecord {
        let sha256 = String(repeating: "\(digit)", count: 64)
        return try #require(MediaRecord(type: "text/plain", size: 4, sha256: sha256, name: "a"))
    }

    /// Stores a file, as old as said.
    private func store(_ digit: Int, age: Double = 0) async throws {
        let id = try record(digit).id
        let writer = try await files.begin()
        try await writer.write(Array("data".utf8)[...])
        try await writer.finish(as: id)
        try directory.age(path(digit), by: age)
    }

    private func path(_ digit: Int) throws -> String {
        let id = try record(digit).id.rawValue
        return "\(id.prefix(2))/\(id)"
    }

    @Test("Old files without a record go; young ones, and those with one, stay")
    func unneeded() async throws {
        try await store(1, age: 90_000)
        try await store(2, age: 80_000)
        try await store(3, age: 90_000)
        try await records.save(try record(3), for: .seconds(100))
        #expect(await cleanup().pass() == 1)
        #expect(directory.files() == [try path(2), try path(3)])
        #expect(try await files.open(try record(1).id) == nil)
        #expect(try await files.open(try record(3).id)?.size == 4)
    }

    @Test("A touched file is young again")
    func touched() async throws {
        try await store(1, age: 90_000)
        try await files.touch(try record(1).id)
        try await files.touch(try record(2).id)
        #expect(await cleanup().pass() == 0)
    }

    @Test("While the records cannot be asked, all stays")
    func recordsAway() async throws {
        try await store(1, age: 90_000)
        #expect(await cleanup(AwayRecords()).pass() == 0)
        #expect(directory.files() == [try path(1)])
    }

    @Test("What cannot be cleaned up is reported, and the rest is cleaned up")
    func obstacles() async throws {
        for digit in 1...3 { try await store(digit, age: 90_000) }
        try await records.save(try record(3), for: .seconds(100))
        // A needed file that was moved aside, at whose folder's place there is something else.
        let aside = "incoming/d.\(try record(4).id)"
        #expect(FileManager.default.createFile(atPath: directory.path + "/" + aside, contents: Data("data".utf8)))
        try directory.age(aside, by: 4000)
        try await records.save(try record(4), for: .seconds(100))
        #expect(FileManager.default.createFile(atPath: directory.path + "/44", contents: nil))
        let records = records
        let removal = try await files.removeUnneeded(olderThan: .seconds(86_400), leftoversOlderThan: .seconds(3600)) {
            try await records.known(among: $0)
        }
        #expect(removal.removed == 2 && removal.failures == 2)
        #expect(removal.firstFailure?.message.contains("cannot move") == true)
        #expect(directory.files() == [try path(3), "44", aside])
    }

    @Test("The same content, uploaded between the question and the removal, stays")
    func uploadedMeanwhile() async throws {
        try await store(1, age: 90_000)
        let removal = try await files.removeUnneeded(olderThan: .seconds(86_400), leftoversOlderThan: .seconds(3600)) {
            _ in
            // Nobody needs it; and now somebody does.
            try await store(1)
            return []
        }
        #expect(removal == MediaRemoval())
        #expect(directory.files() == [try path(1)])
    }

    @Test("What unfinished uploads have left goes after an hour; a needed file that was moved aside comes back")
    func leftovers() async throws {
        let incoming = directory.path + "/incoming/"
        for (name, age) in [
            ("a.part", 4000.0), ("b.part", 10), ("c.\(try record(4).id)", 4000), ("d.\(try record(5).id)", 4000),
        ] {
            #expect(FileManager.default.createFile(atPath: incoming + name, contents: Data("data".utf8)))
            try directory.age("incoming/" + name, by: age)
        }
        try await store(4)
        try FileManager.default.removeItem(atPath: directory.path + "/" + (try path(4)))
        try await records.save(try record(4), for: .seconds(100))
        #expect(await cleanup().pass() == 2)
        #expect(directory.files() == [try path(4), "incoming/b.part"])
    }

    @Test("A directory that cannot be written to is refused when the front starts")
    func unwritable() throws {
        let file = directory.path + "/file"
        #expect(FileManager.default.createFile(atPath: file, contents: nil))
        #expect(throws: MediaFileError.self) { try DirectoryMediaFiles(directory: file) }
    }

    @Test("What is abandoned, or dropped, or finished twice, leaves nothing in the way")
    func abandoned() async throws {
        let writer = try await files.begin()
        try await writer.write([1, 2, 3])
        #expect(directory.files().count == 1)
        writer.abandon()
        writer.abandon()
        #expect(directory.files().isEmpty)
        await #expect(throws: MediaFileError.self) { try await writer.finish(as: try record(1).id) }
        do {
            let dropped = try await files.begin()
            try await dropped.write([1])
        }
        #expect(directory.files().isEmpty)
    }
}

/// Records on a server that is away.
struct AwayRecords: MediaRecordStore {
    private var error: ChannelLayerError { ChannelLayerError(code: .unavailable, message: "away") }

    func save(_ record: MediaRecord, for lifetime: Duration) async throws(ChannelLayerError) { throw error }
    func record(_ id: MediaID) async throws(ChannelLayerError) -> KeptMediaRecord? { throw error }
    func extend(_ id: MediaID, to lifetime: Duration) async throws(ChannelLayerError) -> Bool { throw error }
    func known(among ids: [MediaID]) async throws(ChannelLayerError) -> Set<MediaID> { throw error }
}
