import Messages
import Testing

/// JSON byte for byte as Python has it.
@Suite struct JSONVectorTests {
    @Test(
        "what Python writes for a value is what is written, and reads back",
        arguments: try Vectors.load().jsonEncoded
    )
    func vector(_ vector: Vectors.Encoded) throws {
        switch vector.name {
        case "bytes value":
            #expect(vector.error != nil)
            #expect(throws: MessageError.bytesInJSON(key: "v")) { try JSON.encode(["v": .bytes([1])]) }
        case "numbers":
            // It holds 2^64, for which Muster has no value.
            let text = try #require(vector.text)
            #expect(throws: MessageError.malformed(.integerOutOfRange, format: .json, offset: 17)) {
                try JSON.decode(text)
            }
        case "int key becomes a string":
            #expect(try JSON.encode(["1": "x"]) == vector.text)
            #expect(try JSON.decode(try #require(vector.text)) == ["1": "x"])
        default:
            let value = try #require(vector.value?.value)
            let hex = try #require(vector.hex)
            let written = try #require(bytes(hexadecimal: hex))
            #expect(try JSON.encode(value) == vector.text)
            #expect(try JSON.encodeUTF8(value) == written)
            #expect(try JSON.encodeUTF8(try JSON.decode(written)) == written)
            if !vector.name.contains("nan") {
                #expect(try JSON.decode(written) == value)
            }
        }
    }

    @Test("doubles are written as Python writes them and read back bit for bit", arguments: try Vectors.loadFloats())
    func double(_ vector: [String]) throws {
        let number = Double(bitPattern: try #require(UInt64(vector[0], radix: 16)))
        #expect(try JSON.encode(.double(number)) == vector[1])
        #expect(try JSON.decode(vector[1]).doubleValue?.bitPattern == number.bitPattern)
    }

    @Test("no vector has been left out")
    func vectorsAreComplete() throws {
        #expect(try Vectors.load().jsonEncoded.count == 10)
        #expect(try Vectors.loadFloats().count == 328)
    }
}
