import Redis
import Testing

/// What arguments and commands put on the wire.
@Suite("Arguments and commands")
struct RedisArgumentTests {
    @Test(
        "A number is its shortest exact decimal, never with an exponent",
        arguments: [
            (0.0, "0"), (-0.0, "-0"), (1.0, "1"), (0.1, "0.1"), (-2.5, "-2.5"), (17, "17"),
            (11_763_712_345.678_9, "11763712345.6789"), (1e16, "10000000000000000"), (1.5e300, "15" + zeros(299)),
            (1e-7, "0.0000001"), (-1.25e-5, "-0.0000125"), (.leastNonzeroMagnitude, "0." + zeros(323) + "5"),
            (.infinity, "inf"), (-.infinity, "-inf"), (.nan, "nan"),
        ]
    )
    func plainDecimals(number: Double, text: String) {
        #expect(String(decoding: RedisArgument(number).bytes, as: UTF8.self) == text)
    }

    @Test("Any number reads back as the same number and has no exponent")
    func decimalsAreExact() {
        var random = SeededRandom(seed: 1)
        for _ in 0..<20_000 {
            let number = Double(bitPattern: random.next())
            guard number.isFinite else { continue }
            let text = String(decoding: RedisArgument(number).bytes, as: UTF8.self)
            #expect(Double(text) == number)
            #expect(!text.contains("e"))
        }
    }

    @Test("Literals, interpolations, strings, integers and bytes are the bytes one expects")
    func kinds() {
        let name = "ü"
        #expect(RedisArgument("plain").bytes == Array("plain".utf8))
        #expect(("group:\(name)" as RedisArgument).bytes == Array("group:ü".utf8))
        #expect((42 as RedisArgument).bytes == Array("42".utf8))
        #expect(RedisArgument(Int.min).bytes == Array("-9223372036854775808".utf8))
        #expect(RedisArgument([0, 255, 13, 10]).bytes == [0, 255, 13, 10])
    }

    @Test("The digest of a script is the lower-case SHA-1 of its source")
    func scriptDigest() {
        let script = RedisScript(name: "one", source: "return 1")
        #expect(script.sha1 == "e0e1f9fabfc9d4800c877a703b823ac0578ff8db")
        #expect(
            script.callByDigest(keys: ["k"], arguments: ["a", 2])
                == RedisCommand("EVALSHA", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", 1, "k", "a", 2)
        )
        #expect(script.callBySource(keys: [], arguments: []) == RedisCommand("EVAL", "return 1", 0))
    }

    @Test("A description names the command and never its arguments")
    func descriptionsKeepSecrets() {
        #expect("\(RedisCommand("AUTH", "user", "secret"))" == "AUTH (2 arguments)")
    }
}

private func zeros(_ count: Int) -> String {
    String(repeating: "0", count: count)
}
