import ChannelLayers

/// Uploaded files: their content, their records, and the rules for both.
public struct MediaStore: Sendable {
    /// Where the content is.
    public let files: any MediaFiles
    /// Where the records are.
    public let records: any MediaRecordStore
    /// What is taken, and for how long.
    public let rules: MediaRules

    /// Makes a store.
    ///
    /// - Parameters:
    ///   - files: Where the content is.
    ///   - records: Where the records are.
    ///   - rules: What is taken, and for how long.
    public init(files: any MediaFiles, records: any MediaRecordStore, rules: MediaRules = MediaRules()) {
        self.files = files
        self.records = records
        self.rules = rules
    }
}

/// What is taken for an upload, and how long it is kept.
public struct MediaRules: Sendable {
    /// The types that are taken unless others are set.
    public static let defaultTypes = ["image/*", "audio/*", "video/*", "application/pdf", "text/plain"]

    /// The largest file, in bytes.
    public let limit: Int
    /// How long a file is kept that nobody has named in a message.
    public let unnamedLifetime: Duration
    /// How long a file is kept after it was last named in a message.
    public let lifetime: Duration
    private let types: [Glob]

    /// Makes rules.
    ///
    /// - Parameters:
    ///   - limit: The largest file, in bytes.
    ///   - types: Globs of the types that are taken, such as `image/*`, in any case.
    ///   - unnamedLifetime: How long a file is kept that nobody names.
    ///   - lifetime: How long a file is kept after it was last named.
    public init(
        limit: Int = 16 << 20,
        types: [String] = defaultTypes,
        unnamedLifetime: Duration = .seconds(86_400),
        lifetime: Duration = .seconds(30 * 86_400)
    ) {
        self.limit = limit
        self.types = types.map { Glob($0.lowercased()) }
        self.unnamedLifetime = unnamedLifetime
        self.lifetime = lifetime
    }

    /// Whether files of a type are taken.
    func allows(_ type: String) -> Bool {
        types.contains { $0.matches(type) }
    }
}
