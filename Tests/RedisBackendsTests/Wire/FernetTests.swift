import Messages
import Testing

@testable import RedisBackends

/// Encryption byte for byte as Python's `cryptography` and `channels_redis` have it.
@Suite struct FernetTests {
    @Test("a token has the bytes that Python writes", arguments: try PayloadVectors.load().fernet.vectors)
    func seals(_ vector: PayloadVectors.Token) throws {
        let token = FernetKey(secret: vector.key).seal(
            try #require(bytes(hexadecimal: vector.plaintext)),
            time: vector.time,
            initializationVector: try #require(bytes(hexadecimal: vector.initializationVector))
        )
        #expect(String(decoding: token, as: UTF8.self) == vector.token)
        #expect(URLSafeBase64.decode(token) == bytes(hexadecimal: vector.raw))
    }

    @Test("a token of Python is read with its key only", arguments: try PayloadVectors.load().fernet.vectors)
    func opens(_ vector: PayloadVectors.Token) throws {
        let text = Array(vector.token.utf8)
        let token = try #require(FernetToken(base64: text))
        #expect(token.time == vector.time)
        #expect(FernetKey(secret: vector.key).open(token) == bytes(hexadecimal: vector.plaintext))
        #expect(FernetKey(secret: vector.key + "x").open(token) == nil)

        let plaintext = try #require(bytes(hexadecimal: vector.plaintext))
        let format = WireFormat(encryptionKeys: [vector.key])
        #expect(try format.decode(text) == Message(messagePack: plaintext))
        #expect(throws: WireError.noKeyOpens(keys: 2)) { () throws in
            _ = try WireFormat(encryptionKeys: ["", vector.key + "x"]).decode(text)
        }
    }

    @Test("any of the keys decrypts, the first one encrypts")
    func rotation() throws {
        let rotation = try PayloadVectors.load().fernet.rotation
        let token = Array(rotation.token.utf8)
        let format = WireFormat(encryptionKeys: rotation.keys)
        #expect(try format.decode(token) == rotation.message.message)
        let first = WireFormat(encryptionKeys: Array(rotation.keys.prefix(1)))
        #expect(throws: WireError.noKeyOpens(keys: 1)) { () throws in _ = try first.decode(token) }

        let message = Message(type: "sent")
        #expect(try first.decode(try format.encode(message)) == message)
    }

    @Test("an encrypted entry of Python is read: the random bytes in clear, then the token")
    func encryptedEntry() throws {
        let vector = try PayloadVectors.load().fernet.encrypted
        let entry = try #require(bytes(hexadecimal: vector.entry))
        #expect(Array(entry.prefix(MailboxEntry.randomPrefixLength)) == bytes(hexadecimal: vector.prefix))
        let read = try MailboxEntry(decoding: entry, format: WireFormat(encryptionKeys: [vector.key]))
        #expect(read.message == vector.message.message)
        #expect(read.channels == [])
    }

    @Test("a changed token is refused where Python refuses it", arguments: try PayloadVectors.load().fernet.tampering)
    func tampering(_ vector: PayloadVectors.Tampering) throws {
        let token = try #require(bytes(hexadecimal: vector.token))
        let format = WireFormat(encryptionKeys: ["first-secret"])
        if let result = vector.result {
            #expect(try format.decode(token) == result.message)
        } else {
            // What does not begin like a token is taken for plain text.
            let isToken = !["version byte 0x81", "not encrypted at all"].contains(vector.name)
            #expect(throws: isToken ? WireError.noKeyOpens(keys: 1) : .notEncrypted) { () throws in
                _ = try format.decode(token)
            }
        }
    }

    @Test("every single changed bit is noticed")
    func everyBit() throws {
        let key = FernetKey(secret: "s")
        let sealed = key.seal(Array("twenty-four bytes, so two".utf8))
        let raw = try #require(URLSafeBase64.decode(sealed))
        for bit in 0..<(raw.count * 8) {
            var changed = raw
            changed[bit / 8] ^= 1 << (bit % 8)
            let token = FernetToken(base64: URLSafeBase64.encode(changed))
            #expect(token.flatMap { key.open($0) } == nil, "bit \(bit)")
        }
    }

    @Test("what is signed well but is not padded is refused")
    func padding() throws {
        // The text fills the first block, so the padding is the second, which is cut off.
        let vector = [UInt8](repeating: 7, count: 16)
        let key = FernetKey(secret: "s")
        let sealed = key.seal([UInt8](repeating: 0, count: 16), time: 0, initializationVector: vector)
        let raw = try #require(URLSafeBase64.decode(sealed))
        let cut = key.signed(Array(raw[..<(9 + 16 + 16)]))
        let token = try #require(FernetToken(base64: cut))
        #expect(key.open(token) == nil)
        // Signed anew but whole it opens, so it was the padding.
        let whole = try #require(FernetToken(base64: key.signed(Array(raw.dropLast(32)))))
        #expect(key.open(whole) == [UInt8](repeating: 0, count: 16))
    }

    @Test("each token has an initialization vector of its own, and the time")
    func freshness() throws {
        let key = FernetKey(secret: "s")
        let tokens = try (0..<4).map { _ in try #require(FernetToken(base64: key.seal([1]))) }
        #expect(Set(tokens.map { Array($0.initializationVector) }).count == 4)
        #expect(tokens.allSatisfy { abs(Double($0.time) - WallClock.now) < 60 })
    }
}

/// How long a token may be on its way.
@Suite struct FernetAgeTests {
    private let key = FernetKey(secret: "s")
    private let format = WireFormat(encryptionKeys: ["s"])
    private let now = UInt64(WallClock.now)
    private let plaintext = Message(type: "t").messagePack()

    private func token(age: Int64, now: Int64) -> [UInt8] {
        key.seal(plaintext, time: UInt64(now - age))
    }

    @Test(
        "Python's limits are kept: expiry and ten seconds, and a minute ahead",
        arguments: try PayloadVectors.load().fernet.ages
    )
    func vectors(_ vector: PayloadVectors.Age) throws {
        #expect(["accepted", "InvalidToken"].contains(vector.verdict))
        #expect((refusal(age: vector.seconds) == nil) == (vector.verdict == "accepted"))
    }

    @Test("the last second on either side still counts")
    func edges() throws {
        #expect(refusal(age: 70) == nil)
        #expect(refusal(age: 71) == .tooOld(seconds: 71, limit: .seconds(70)))
        #expect(refusal(age: -60) == nil)
        #expect(refusal(age: -61) == .fromTheFuture(seconds: 61))
    }

    private func refusal(age: Int64) -> WireError? {
        let now: Int64 = 1_763_694_567
        guard let token = FernetToken(base64: token(age: age, now: now)) else { return .notEncrypted }
        do throws(WireError) {
            try token.checkAge(maximum: .seconds(70), now: now)
            return nil
        } catch {
            return error
        }
    }

    @Test("the age counts only where a limit is given")
    func limit() throws {
        let message = Message(type: "t")
        for age: Int64 in [-100_000, 0, 100_000] {
            let token = token(age: age, now: Int64(now))
            #expect(try format.decode(token) == message)
            let outcome = try? format.decode(token, maximumAge: .seconds(70))
            #expect(outcome == (age == 0 ? message : nil))
        }
        for time in [UInt64(0), .max, UInt64(Int64.max), UInt64(Int64.max) + 1] {
            let token = key.seal(plaintext, time: time)
            #expect(try format.decode(token) == message)
            #expect(throws: WireError.self) { () throws in
                _ = try format.decode(token, maximumAge: .seconds(70))
            }
        }
    }

    @Test("a token of another key is called that, however old it is")
    func foreignKey() {
        let token = FernetKey(secret: "other").seal(plaintext, time: 0)
        #expect(throws: WireError.noKeyOpens(keys: 1)) { () throws in
            _ = try format.decode(token, maximumAge: .seconds(70))
        }
    }
}
