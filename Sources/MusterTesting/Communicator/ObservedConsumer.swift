import ChannelLayers
import Consumers
import Messages

/// A consumer as a communicator runs it: the same, but each event that it is done with is told.
struct ObservedConsumer<Wrapped: Consumer>: Consumer {
    private var consumer: Wrapped
    private let done: @Sendable ((any Error)?) -> Void

    /// Wraps a consumer; `done` is called after each event, with what the consumer threw.
    init(_ consumer: Wrapped, done: @escaping @Sendable ((any Error)?) -> Void) {
        self.consumer = consumer
        self.done = done
    }

    mutating func connected(_ connection: Connection) async throws {
        try await observe { consumer in try await consumer.connected(connection) }
    }

    mutating func received(_ text: String, on connection: Connection) async throws {
        try await observe { consumer in try await consumer.received(text, on: connection) }
    }

    mutating func received(_ bytes: [UInt8], on connection: Connection) async throws {
        try await observe { consumer in try await consumer.received(bytes, on: connection) }
    }

    mutating func received(_ message: Message, on connection: Connection) async throws {
        try await observe { consumer in try await consumer.received(message, on: connection) }
    }

    mutating func gap(in groups: [GroupName], on connection: Connection) async throws {
        try await observe { consumer in try await consumer.gap(in: groups, on: connection) }
    }

    mutating func disconnected(_ connection: Connection, code: CloseCode) async throws {
        try await observe { consumer in try await consumer.disconnected(connection, code: code) }
    }

    static func render(_ message: Message) throws -> Rendering {
        try Wrapped.render(message)
    }

    private mutating func observe(_ handle: (inout Wrapped) async throws -> Void) async throws {
        do {
            try await handle(&consumer)
            done(nil)
        } catch {
            done(error)
            throw error
        }
    }
}
