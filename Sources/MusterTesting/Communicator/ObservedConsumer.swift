import ChannelLayers
import Consumers
import Messages

/// A consumer as a communicator runs it: the same, but each event that it is done with is told.
struct ObservedConsumer<Wrapped: Consumer>: Consumer {
    private var consumer: Result<Wrapped, any Error>
    private let done: @Sendable ((any Error)?) -> Void

    /// Wraps a consumer, or why there is none; `done` is called after each event, with what the consumer threw.
    init(_ consumer: Result<Wrapped, any Error>, done: @escaping @Sendable ((any Error)?) -> Void) {
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

    mutating func answered(_ mark: UInt64, on connection: Connection) async throws {
        try await observe { consumer in try await consumer.answered(mark, on: connection) }
    }

    mutating func disconnected(_ connection: Connection, code: CloseCode) async throws {
        try await observe { consumer in try await consumer.disconnected(connection, code: code) }
    }

    static func render(_ message: Message) throws -> Rendering {
        try Wrapped.render(message)
    }

    private mutating func observe(_ handle: (inout Wrapped) async throws -> Void) async throws {
        do {
            var wrapped = try consumer.get()
            defer { consumer = .success(wrapped) }
            try await handle(&wrapped)
            done(nil)
        } catch {
            done(error)
            throw error
        }
    }
}
