import Messages
import Testing

/// MessagePack byte for byte as Python has it.
@Suite struct MessagePackVectorTests {
    @Test(
        "what Python writes for a value is what is written, and reads back",
        arguments: try Vectors.load().messagePackEncoded
    )
    func encodes(_ vector: Vectors.Encoded) throws {
        guard let value = vector.value?.value ?? longValue(named: vector.name) else {
            // The one value that Muster does not have: its key is bytes.
            #expect(vector.name == "bytes key")
            return
        }
        let bytes = MessagePack.encode(value)
        if let hex = vector.hex {
            #expect(hexadecimal(bytes) == hex)
        } else {
            #expect(bytes.count == vector.len)
            #expect(hexadecimal(SHA256.hash(bytes)) == vector.sha256)
        }
        #expect(MessagePack.encode(try MessagePack.decode(bytes)) == bytes)
        if !vector.name.contains("nan") {
            #expect(try MessagePack.decode(bytes) == value)
        }
    }

    @Test(
        "what Python reads reads the same, what it refuses is refused",
        arguments: try Vectors.load().messagePackDecoded
    )
    func decodes(_ vector: Vectors.Decoded) throws {
        let input = try #require(bytes(hexadecimal: vector.hex))
        if vector.error != nil || Self.refusals[vector.name] != nil {
            let error = #expect(throws: MessageError.self) { try MessagePack.decode(input) }
            if let refusal = Self.refusals[vector.name] { #expect(error == refusal) }
        } else {
            #expect(try MessagePack.decode(input) == vector.result?.value ?? .null)
        }
    }

    @Test("every vector is either checked here or known by name")
    func vectorsAreComplete() throws {
        let vectors = try Vectors.load()
        #expect(vectors.messagePackEncoded.count == 95)
        #expect(vectors.messagePackDecoded.count == 28)
        #expect(Set(Self.refusals.keys).isSubset(of: vectors.messagePackDecoded.map(\.name)))
    }

    /// What Python takes and Muster refuses, and how.
    private static let refusals: [String: MessageError] = [
        "bin as map key": .malformed(.keyIsNotText(0xC4), format: .messagePack, offset: 1),
        "ext type 5": .malformed(.extensionType(5), format: .messagePack, offset: 3),
        "timestamp32 ext -1": .malformed(.extensionType(-1), format: .messagePack, offset: 3),
    ]

    /// The values that the vectors describe in words only.
    private func longValue(named name: String) -> MessageValue? {
        guard let count = [65_535, 65_536].first(where: { name.contains(" \($0)") }) else { return nil }
        let numbers = (0..<count).map { MessageValue.integer(Int64($0 % 128)) }
        switch name {
        case "str \(count) bytes": return ["v": .string(String(repeating: "a", count: count))]
        case "bytes \(count)": return ["v": .bytes((0..<count).map { UInt8($0 % 256) })]
        case "array \(count)": return ["v": .array(numbers)]
        case "map \(count)":
            return .map(MessageMap(uniqueKeysWithValues: numbers.enumerated().map { ("k\($0.offset)", $0.element) }))
        default: return nil
        }
    }
}
