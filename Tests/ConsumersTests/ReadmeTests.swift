import ChannelLayers
import Consumers
import Foundation
import Messages
import MusterTesting
import Testing

struct ReadmeTests {
    @Test("The README's room greets, tells everyone in it what anyone says, and keeps rooms apart")
    func room() async throws {
        let layer = InMemoryChannelLayer()
        let clients = ["kitchen", "kitchen", "hall"].map { room in
            let scope = Scope(path: "/chat/\(room)/", arguments: ["room": room])
            return ConsumerCommunicator(layer: layer, scope: scope) { scope in Room(scope) }
        }
        for (client, greeting) in zip(clients, ["chat.kitchen", "chat.kitchen", "chat.hall"]) {
            try await client.connect()
            #expect(try await client.nextText() == "Welcome to \(greeting)")
        }
        try await clients[0].send("dinner!")
        #expect(try await clients[0].nextText() == "dinner!")
        #expect(try await clients[1].nextText() == "dinner!")
        #expect(await clients[2].receivesNothing())
        for client in clients { try await client.disconnect() }
        #expect(try await layer.groupCount("chat.kitchen") == 0)
    }

    @Test("The README's room refuses a connection to a room that cannot be named")
    func badRoom() async throws {
        let scope = Scope(path: "/", arguments: ["room": "two words"])
        let client = ConsumerCommunicator(layer: InMemoryChannelLayer(), scope: scope) { Room($0) }
        await #expect(throws: CommunicatorError.self) { try await client.connect() }
        #expect(client.closeCode == .internalError)
    }

    @Test("The README shows this consumer word for word")
    func text() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let source = try String(contentsOf: folder.appending(path: "ReadmeExample.swift"), encoding: .utf8)
        let example = try #require(source.firstMatch(of: /\/\/ README-BEGIN\n(?s:(.*?))\/\/ README-END/)?.1)
        let readme = folder.deletingLastPathComponent().deletingLastPathComponent().appending(path: "README.md")
        #expect(try String(contentsOf: readme, encoding: .utf8).contains("```swift\n\(example)```"))
    }
}
