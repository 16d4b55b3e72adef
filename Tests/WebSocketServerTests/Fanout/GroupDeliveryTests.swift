import Consumers
import Logging
import Messages
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import WebSocketServer

@Suite("Group delivery")
struct GroupDeliveryTests {
    /// Counts how often it renders.
    private struct Once: Consumer {
        static let renderings = Mutex(0)

        static func render(_ message: Message) throws -> Rendering {
            renderings.withLock { $0 += 1 }
            return .frame(.text("hello"))
        }
    }

    private struct Loud: Consumer {
        static func render(_ message: Message) throws -> Rendering { .frame(.text("HELLO")) }
    }

    private struct Failing: Consumer {
        struct Failure: Error {}
        static let renderings = Mutex(0)

        static func render(_ message: Message) throws -> Rendering {
            renderings.withLock { $0 += 1 }
            throw Failure()
        }
    }

    private struct ByType: Consumer {
        static func render(_ message: Message) throws -> Rendering {
            switch message.type {
            case "personal": .personal
            case "close": .close(CloseCode(rawValue: 4001))
            case "nothing": .nothing
            default: .unknown
            }
        }
    }

    private static func delivery(_ type: String) -> GroupDelivery {
        GroupDelivery(Message(type: type), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// The bytes of what would be written; `nil` if nothing would.
    private static func written(_ outcome: GroupDelivery.Outcome) -> [UInt8]? {
        if case .write(let frame) = outcome { Array(buffer: frame) } else { nil }
    }

    @Test("a message is rendered and framed once for each consumer type, however many threads ask")
    func rendersOnce() async throws {
        let delivery = Self.delivery("greeting")
        let kinds = (0..<64).map { _ in ConsumerKind { _ in Once() } }
        let frames = await withTaskGroup(of: [UInt8]?.self) { group in
            for kind in kinds { group.addTask { Self.written(delivery.outcome(for: kind)) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(frames == Array(repeating: [0x81, 5] + Array("hello".utf8), count: 64))
        #expect(Once.renderings.withLock { $0 } == 1)
        #expect(Self.written(delivery.outcome(for: ConsumerKind { _ in Loud() })) == [0x81, 5] + Array("HELLO".utf8))
    }

    @Test("a consumer type that fails to render is asked once, and its members get nothing")
    func failsOnce() {
        let delivery = Self.delivery("greeting")
        for _ in 0..<3 {
            guard case .nothing = delivery.outcome(for: ConsumerKind { _ in Failing() }) else {
                Issue.record("a failure was delivered")
                return
            }
        }
        #expect(Failing.renderings.withLock { $0 } == 1)
    }

    @Test("what is not a frame is passed on as it is, and an unknown type is nothing")
    func otherRenderings() {
        let kind = ConsumerKind { _ in ByType() }
        if case .personal = Self.delivery("personal").outcome(for: kind) {} else { Issue.record("not personal") }
        if case .close(let code) = Self.delivery("close").outcome(for: kind) {
            #expect(code == CloseCode(rawValue: 4001))
        } else {
            Issue.record("not a close")
        }
        if case .nothing = Self.delivery("nothing").outcome(for: kind) {} else { Issue.record("not nothing") }
        if case .nothing = Self.delivery("strange").outcome(for: kind) {} else { Issue.record("not nothing") }
    }
}
