/// The parts of a Fernet token (github.com/fernet/spec), before anything in it may be believed.
struct FernetToken {
    /// What comes first: the version.
    static let version: UInt8 = 0x80
    static let initializationVectorLength = 16
    static let codeLength = 32
    /// Version and time.
    private static let headLength = 9
    private static let blockLength = 16
    /// How far ahead a sender's clock may be, where the age counts at all.
    private static let clockSkew: Int64 = 60

    private let bytes: [UInt8]

    /// Takes a token apart; nil when it cannot be one.
    init?(base64 text: Span<UInt8>) {
        guard let bytes = URLSafeBase64.decode(text), bytes.first == Self.version else { return nil }
        let ciphertextLength = bytes.count - Self.headLength - Self.initializationVectorLength - Self.codeLength
        guard ciphertextLength > 0, ciphertextLength.isMultiple(of: Self.blockLength) else { return nil }
        self.bytes = bytes
    }

    /// Whether bytes begin as every token does until the year 4147, so that an error can tell a token from plain text.
    static func isLikely(_ payload: Span<UInt8>) -> Bool {
        let start = "gAAAAA".utf8
        return payload.count >= start.count && zip(payload.indices, start).allSatisfy { payload[$0] == $1 }
    }

    /// When it was made, in Unix seconds.
    var time: UInt64 { bytes[1..<Self.headLength].reduce(0) { $0 << 8 | UInt64($1) } }

    var initializationVector: ArraySlice<UInt8> {
        bytes[Self.headLength...].prefix(Self.initializationVectorLength)
    }

    var ciphertext: ArraySlice<UInt8> {
        bytes.dropLast(Self.codeLength).dropFirst(Self.headLength + Self.initializationVectorLength)
    }

    /// What the authentication code covers.
    var signed: ArraySlice<UInt8> { bytes.dropLast(Self.codeLength) }

    var authenticationCode: ArraySlice<UInt8> { bytes.suffix(Self.codeLength) }

    /// Refuses what is too old or from the future.
    func checkAge(maximum: Duration, now: Int64 = Int64(WallClock.now)) throws(WireError) {
        let age = now - (Int64(exactly: time) ?? .max)
        guard age >= -Self.clockSkew else { throw .fromTheFuture(seconds: -age) }
        guard .seconds(age) <= maximum else { throw .tooOld(seconds: age, limit: maximum) }
    }
}
