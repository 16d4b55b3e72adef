import Crypto
import CryptoExtras

/// One of the secrets that messages are encrypted with: Fernet, as Python's `cryptography` has it.
///
/// As in `channels_redis`, the secret may be any text: its SHA-256 makes the key that signs and the one that encrypts.
struct FernetKey: Sendable {
    private let signing: SymmetricKey
    private let encrypting: SymmetricKey

    init(secret: String) {
        let digest = Array(SHA256.hash(data: Array(secret.utf8)))
        signing = SymmetricKey(data: digest[..<16])
        encrypting = SymmetricKey(data: digest[16...])
    }

    /// Encrypts and signs.
    func seal(
        _ plaintext: [UInt8],
        time: UInt64 = UInt64(WallClock.now),
        initializationVector: [UInt8] = Self.randomVector()
    ) -> [UInt8] {
        var token = [FernetToken.version]
        for shift in stride(from: 56, through: 0, by: -8) {
            token.append(UInt8(truncatingIfNeeded: time >> UInt64(shift)))
        }
        token += initializationVector
        do {
            let vector = try AES._CBC.IV(ivBytes: initializationVector)
            token += try AES._CBC.encrypt(plaintext, using: encrypting, iv: vector)
        } catch {
            // Whatever the plaintext is: only a key or a vector of another length is refused, and ours have 16 bytes.
            preconditionFailure("AES-CBC refuses a key and a vector of 16 bytes: \(error)")
        }
        return signed(token)
    }

    /// The text of a token that is complete but for its signature.
    func signed(_ token: [UInt8]) -> [UInt8] {
        URLSafeBase64.encode(token + HMAC<SHA256>.authenticationCode(for: token, using: signing))
    }

    /// The plaintext; nil when another key made the token or anything in it was changed.
    func open(_ token: FernetToken) -> [UInt8]? {
        // The signature first, and in constant time, so that nothing can be learnt by sending changed tokens.
        guard
            HMAC<SHA256>.isValidAuthenticationCode(
                token.authenticationCode,
                authenticating: token.signed,
                using: signing
            )
        else { return nil }
        do {
            let vector = try AES._CBC.IV(ivBytes: token.initializationVector)
            return Array(try AES._CBC.decrypt(token.ciphertext, using: encrypting, iv: vector))
        } catch {
            // The signature is right and the padding is not: whoever has our key signed what it did not encrypt.
            return nil
        }
    }

    static func randomVector() -> [UInt8] {
        randomBytes(FernetToken.initializationVectorLength)
    }
}
