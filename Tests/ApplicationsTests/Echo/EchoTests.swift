import Applications
import ChannelLayers
import Consumers
import MusterTesting
import Testing

struct EchoTests {
    private let layer = InMemoryChannelLayer()

    @Test("Text comes back as text and bytes as bytes, to the sender alone, in order")
    func echo() async throws {
        let client = ConsumerCommunicator(layer: layer) { _ in Echo() }
        let bystander = ConsumerCommunicator(layer: layer) { _ in Echo() }
        try await client.connect()
        try await bystander.connect()
        let frames: [OutboundFrame] = [.text("héllo"), .binary([0, 255]), .text(""), .binary([]), .text("close")]
        for frame in frames {
            switch frame {
            case .text(let text): try await client.send(text)
            case .binary(let bytes): try await client.send(bytes)
            }
        }
        for frame in frames { #expect(try await client.nextFrame() == frame) }
        #expect(await bystander.receivesNothing(for: .milliseconds(10)))
    }

    @Test("Those who are connected are counted")
    func counted() async throws {
        let clients = (0..<3).map { _ in ConsumerCommunicator(layer: layer) { _ in Echo() } }
        for client in clients { try await client.connect() }
        #expect(Echo.group.rawValue == "echo")
        #expect(try await layer.groupCount(Echo.group) == 3)
        try await clients[0].disconnect()
        #expect(try await layer.groupCount(Echo.group) == 2)
    }
}
