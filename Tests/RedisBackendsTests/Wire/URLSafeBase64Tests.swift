import Foundation
import MusterTesting
import Testing

@testable import RedisBackends

@Suite struct URLSafeBase64Tests {
    @Test("bytes of every length come back, written as Foundation writes them", arguments: wireSeeds)
    func roundTrip(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            let text = URLSafeBase64.encode(bytes)
            let standard = Data(bytes).base64EncodedString()
            let urlSafe = standard.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            #expect(String(decoding: text, as: UTF8.self) == urlSafe)
            #expect(URLSafeBase64.decode(text) == bytes)
            #expect(URLSafeBase64.decode(Array(standard.utf8)) == bytes)
        }
    }

    @Test(
        "what no encoder writes is refused",
        arguments: [
            "Z", "Zg", "Zg=", "Zm9", "Z===", "====", "A===", "Zh==", "Zm9=Zm9v", "Zg==Zg==", "Zm9 ", "Zm9\n", "Zm9v\n",
            " Zm9", "Zm9.", "Zm9v====", "é", "Zm9ö", "=Zm9", "Zm=9", "Zm9p=", "Zm+=",
        ]
    )
    func strict(_ text: String) {
        #expect(URLSafeBase64.decode(Array(text.utf8)) == nil)
    }
}
