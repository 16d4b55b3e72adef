import ChannelLayers
import Crypto
import HTTPTypes
import Logging
import NIOCore

/// One upload: reads the form as it comes, and stores its first file.
struct MediaReception {
    /// The form's field that has the file.
    static let field = "file"

    private let store: MediaStore
    private let logger: Logger
    private var parser: MultipartParser
    private var file: Incoming?
    /// Whether the part that is being read is the file.
    private var isReadingFile = false
    /// Whether the last delimiter was read: without it the form was cut off.
    private var isWhole = false

    /// What is known of the file so far.
    private struct Incoming {
        let name: String
        var size = 0
        var digest = SHA256()
        /// The first bytes, until they show the type.
        var head: [UInt8] = []
        var type: String?
        var writer: (any MediaFileWriter)?
    }

    init(boundary: String, store: MediaStore, logger: Logger) {
        self.store = store
        self.logger = logger
        parser = MultipartParser(boundary: boundary)
    }

    /// Takes what has come.
    mutating func take(_ chunk: ByteBuffer) async throws(APIAnswer) {
        parser.append(chunk.readableBytesView)
        while let event = try next() {
            switch event {
            case .part(let part):
                isReadingFile = file == nil && part.name == Self.field
                if isReadingFile { file = Incoming(name: MediaName.sanitized(part.filename ?? "")) }
            case .bytes(let bytes):
                if isReadingFile { try await add(bytes) }
            case .partEnd:
                if isReadingFile { try await begin(isWhole: true) }
                isReadingFile = false
            case .end:
                isWhole = true
            }
        }
    }

    /// Keeps the file.
    ///
    /// - Returns: What is known of it.
    mutating func finish() async throws(APIAnswer) -> MediaRecord {
        guard isWhole else { throw .failure(.badRequest, "the form is cut off: its last boundary is missing") }
        guard let file, let type = file.type, let writer = file.writer else {
            throw .failure(.badRequest, "the form has no part named '\(Self.field)' with a file in it")
        }
        let sha256 = file.digest.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        guard let record = MediaRecord(type: type, size: file.size, sha256: sha256, name: file.name) else {
            throw .failure(.internalServerError, "the file could not be named")
        }
        // The record first: if Redis is away nothing is left, and what is there already stays. A record without its file,
        // if the process ends between the two, is answered with 404 for the day that it lives.
        do throws(ChannelLayerError) {
            try await store.records.save(record, for: store.rules.unnamedLifetime)
        } catch {
            if let held = MediaMetrics.saveLog.admit() {
                logger.warning(
                    "an uploaded file's record could not be kept",
                    metadata: ["error": "\(error)", "held_back": "\(held)"]
                )
            }
            throw .failure(.serviceUnavailable, "the file cannot be stored now", [.retryAfter: "1"])
        }
        try await storing { () throws(MediaFileError) in try await writer.finish(as: record.id) }
        return record
    }

    /// Leaves nothing of the file; also in a task that was cancelled.
    func abandon() {
        file?.writer?.abandon()
    }

    private mutating func next() throws(APIAnswer) -> MultipartParser.Event? {
        do {
            return try parser.next()
        } catch {
            throw .failure(.badRequest, error.description)
        }
    }

    private mutating func add(_ bytes: ArraySlice<UInt8>) async throws(APIAnswer) {
        guard var incoming = file else { return }
        incoming.size += bytes.count
        guard incoming.size <= store.rules.limit else { throw Self.tooLarge(limit: store.rules.limit) }
        bytes.withUnsafeBytes { incoming.digest.update(bufferPointer: $0) }
        if incoming.writer == nil {
            incoming.head += bytes
            file = incoming
            if incoming.head.count >= ContentType.examined { try await begin(isWhole: false) }
        } else {
            file = incoming
            if let writer = incoming.writer {
                try await storing { () throws(MediaFileError) in try await writer.write(bytes) }
            }
        }
    }

    /// Looks at the type, and begins to store what is of one that is taken.
    private mutating func begin(isWhole: Bool) async throws(APIAnswer) {
        guard let incoming = file, incoming.writer == nil else { return }
        guard !incoming.head.isEmpty else { throw .failure(.badRequest, "the file is empty") }
        let type = ContentType.sniffed(incoming.head.prefix(ContentType.examined), isWhole: isWhole)
        guard store.rules.allows(type) else {
            throw .failure(.unsupportedMediaType, "the file is of the type \(type), which is not taken here")
        }
        let files = store.files
        let writer = try await storing { () throws(MediaFileError) in try await files.begin() }
        file?.type = type
        file?.head = []
        file?.writer = writer
        try await storing { () throws(MediaFileError) in try await writer.write(incoming.head[...]) }
    }

    static func tooLarge(limit: Int) -> APIAnswer {
        .failure(.contentTooLarge, "the file is larger than \(limit) bytes")
    }

    private func storing<Result: Sendable>(
        _ body: () async throws(MediaFileError) -> Result
    ) async throws(APIAnswer) -> Result {
        do {
            return try await body()
        } catch {
            if let held = MediaMetrics.storeLog.admit() {
                logger.warning(
                    "an uploaded file could not be stored",
                    metadata: ["error": "\(error)", "held_back": "\(held)"]
                )
            }
            switch error.code {
            case .full:
                throw .failure(
                    .init(code: 507, reasonPhrase: "Insufficient Storage"),
                    "there is no room for the file here"
                )
            default: throw .failure(.serviceUnavailable, "the file cannot be stored now", [.retryAfter: "1"])
            }
        }
    }
}
