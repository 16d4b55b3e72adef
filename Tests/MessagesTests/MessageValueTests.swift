import Messages
import Testing

/// Values are written as literals and read through accessors.
@Suite struct MessageValueTests {
    @Test("literals make the value they look like")
    func literals() {
        let name = "x"
        #expect((nil as MessageValue) == .null)
        #expect((true as MessageValue) == .bool(true))
        #expect((-5 as MessageValue) == .integer(-5))
        #expect((5.0 as MessageValue) == .double(5))
        #expect(("a" as MessageValue) == .string("a"))
        #expect(("a \(name)" as MessageValue) == .string("a x"))
        #expect(([1, "b", nil] as MessageValue) == .array([.integer(1), .string("b"), .null]))
        #expect((["k": 1, "j": [:]] as MessageValue) == .map(["k": .integer(1), "j": .map([:])]))
        #expect((["k": 1, "j": 2, "k": 3] as MessageValue) == .map(["k": 3, "j": 2]))
    }

    @Test("whole numbers have one value each")
    func canonicalIntegers() {
        #expect(MessageValue.integer(canonical: 5) == .integer(5))
        #expect(MessageValue.integer(canonical: UInt64(Int64.max)) == .integer(.max))
        #expect(MessageValue.integer(canonical: UInt64(Int64.max) + 1) == .unsigned(UInt64(Int64.max) + 1))
        #expect(MessagePack.encode(.unsigned(5)) == [0x05])
    }

    @Test("accessors give what a value holds")
    func accessors() {
        #expect((nil as MessageValue).isNull)
        #expect((false as MessageValue).boolValue == false)
        #expect((-1 as MessageValue).integerValue == -1)
        #expect((7 as MessageValue).unsignedValue == 7)
        #expect(MessageValue.unsigned(.max).unsignedValue == .max)
        #expect((1.5 as MessageValue).doubleValue == 1.5)
        #expect((3 as MessageValue).doubleValue == 3)
        #expect(MessageValue.unsigned(.max).doubleValue == 0x1p64)
        #expect(("a" as MessageValue).stringValue == "a")
        #expect(MessageValue.bytes([1]).bytesValue == [1])
        #expect(([1] as MessageValue).arrayValue == [1])
        #expect((["a": 1] as MessageValue).mapValue == ["a": 1])
        #expect((["a": ["b": 1]] as MessageValue)["a"]?["b"] == 1)
    }

    @Test("accessors give nothing for what a value does not hold")
    func otherKinds() {
        let text: MessageValue = "1"
        #expect(!text.isNull)
        #expect(text.boolValue == nil && text.integerValue == nil && text.unsignedValue == nil)
        #expect(text.doubleValue == nil && text.bytesValue == nil && text.arrayValue == nil && text.mapValue == nil)
        #expect(text["a"] == nil)
        #expect((1 as MessageValue).stringValue == nil)
        #expect((1 as MessageValue).boolValue == nil)
        #expect((1.0 as MessageValue).integerValue == nil)
        #expect((-1 as MessageValue).unsignedValue == nil)
        #expect(MessageValue.unsigned(.max).integerValue == nil)
    }

    @Test("an absent key differs from a key that holds null")
    func absentAndNull() {
        let value: MessageValue = ["a": nil]
        #expect(value["a"] == .some(.null))
        #expect(value["b"] == nil)
        #expect(value["a"] != nil)
    }
}
