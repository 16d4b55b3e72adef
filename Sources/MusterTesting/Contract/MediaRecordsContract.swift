public import Applications

/// One promise that every store of media records makes, and how to check that a store keeps it.
public struct MediaRecordsContract: Sendable, CustomStringConvertible {
    /// What is promised.
    public let promise: String
    private let body: @Sendable (any MediaRecordStore) async throws -> Void

    /// All promises of `MediaRecordStore`.
    public static let all: [MediaRecordsContract] = [
        MediaRecordsContract("A record that was saved is read as it was, for as long as was said") { store in
            let record = try record("a", name: "ä \"b\".png")
            try await store.save(record, for: .seconds(100))
            let kept = try await store.record(record.id)
            try Unexpected.unless(kept?.record == record, "\(kept as Any)")
            let remaining = kept?.remaining ?? .zero
            try Unexpected.unless(remaining > .seconds(60) && remaining <= .seconds(100), "\(remaining) are left")
        },
        MediaRecordsContract("There is no record of what was not saved") { store in
            let id = try record("b").id
            let kept = try await store.record(id)
            try Unexpected.unless(kept == nil, "\(kept as Any)")
            let isExtended = try await store.extend(id, to: .seconds(100))
            try Unexpected.unless(!isExtended, "it was extended")
            let later = try await store.record(id)
            try Unexpected.unless(later == nil, "extending has made one")
        },
        MediaRecordsContract("Saving again changes neither the record nor shortens its time") { store in
            let first = try record("c", name: "first")
            try await store.save(first, for: .seconds(1000))
            try await store.save(try record("c", name: "second"), for: .seconds(10))
            let kept = try await store.record(first.id)
            try Unexpected.unless(kept?.record.name == "first", "\(kept as Any)")
            try Unexpected.unless((kept?.remaining ?? .zero) > .seconds(500), "\(kept as Any)")
        },
        MediaRecordsContract("Saving again and extending lengthen a record's time, and extending never shortens it") {
            store in
            let record = try record("d")
            try await store.save(record, for: .seconds(10))
            try await store.save(record, for: .seconds(1000))
            let saved = try await store.record(record.id)?.remaining ?? .zero
            try Unexpected.unless(saved > .seconds(500), "after saving \(saved) are left")
            for lifetime in [Duration.seconds(5000), .seconds(50)] {
                let isExtended = try await store.extend(record.id, to: lifetime)
                try Unexpected.unless(isExtended, "it is not there")
            }
            let extended = try await store.record(record.id)?.remaining ?? .zero
            try Unexpected.unless(extended > .seconds(4000), "after extending \(extended) are left")
        },
        MediaRecordsContract("A record whose time is over is gone") { store in
            let record = try record("e")
            try await store.save(record, for: .seconds(1))
            let deadline = ContinuousClock.now + .seconds(30)
            while try await store.record(record.id) != nil {
                try Unexpected.unless(ContinuousClock.now < deadline, "it is there after thirty seconds")
                try await Task.sleep(for: .milliseconds(50))
            }
            let known = try await store.known(among: [record.id])
            try Unexpected.unless(known.isEmpty, "it is known")
            let isExtended = try await store.extend(record.id, to: .seconds(100))
            try Unexpected.unless(!isExtended, "it was extended")
        },
        MediaRecordsContract("Of many files, those are known that have a record") { store in
            let records = try (0..<64).map { try record("f\($0)") }
            for record in records.prefix(32) { try await store.save(record, for: .seconds(100)) }
            let known = try await store.known(among: records.map(\.id))
            try Unexpected.unless(known == Set(records.prefix(32).map(\.id)), "\(known.count) are known")
            let none = try await store.known(among: [])
            try Unexpected.unless(none.isEmpty, "of none some are known")
        },
    ]

    init(_ promise: String, _ body: @escaping @Sendable (any MediaRecordStore) async throws -> Void) {
        self.promise = promise
        self.body = body
    }

    /// Checks the promise.
    ///
    /// - Parameter store: A store that works; each check has files of its own.
    /// - Throws: What was promised and what was seen.
    public func check(_ store: any MediaRecordStore) async throws(ContractViolation) {
        do {
            try await body(store)
        } catch let unexpected as Unexpected {
            throw ContractViolation(promise: promise, seen: unexpected.seen)
        } catch {
            throw ContractViolation(promise: promise, seen: "it threw: \(error)")
        }
    }

    /// The promise.
    public var description: String { promise }

    /// A record of a file of the check's own.
    private static func record(_ file: String, name: String = "a.png") throws -> MediaRecord {
        let digits = file.utf8.map { String($0, radix: 16) }.joined()
        let sha256 = digits + String(repeating: "0", count: 64 - digits.count)
        guard let record = MediaRecord(type: "image/png", size: 7, sha256: sha256, name: name) else {
            throw Unexpected(seen: "a record without an id")
        }
        return record
    }
}
