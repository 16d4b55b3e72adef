package import Logging
package import Messages

/// One consumer type behind one route, with its type erased: how to make and how to render.
package struct ConsumerKind: Sendable {
    /// Two kinds of one consumer type render alike and share what was rendered.
    package let id: ObjectIdentifier
    /// The consumer type's name, for logs and metrics.
    package let name: String
    private let renderMessage: @Sendable (Message) throws -> Rendering
    private let makeSession:
        @Sendable (Connection, (any TaskExecutor)?, ConsumerTimeLimit?, Logger) -> any ConsumerSession

    package init<C: Consumer>(_ make: @escaping @Sendable (Scope) throws -> C) {
        id = ObjectIdentifier(C.self)
        let name = String(describing: C.self)
        self.name = name
        renderMessage = { try C.render($0) }
        makeSession = { connection, executor, limit, logger in
            func session(_ consumer: some Consumer) -> any ConsumerSession {
                SerialConsumerSession(
                    consumer: consumer,
                    // Also where another answers, because it was not made.
                    name: name,
                    connection: connection,
                    executor: executor,
                    limit: limit,
                    logger: logger
                )
            }
            do {
                return session(try make(connection.scope))
            } catch {
                return session(RefusingConsumer(reason: error))
            }
        }
    }

    package func render(_ message: Message) throws -> Rendering {
        try renderMessage(message)
    }

    /// Makes the session of one connection; `executor` is where its events run, the default pool if `nil`, and `limit`
    /// how long each may take, any time if `nil`.
    package func session(
        _ connection: Connection,
        executor: (any TaskExecutor)? = nil,
        limit: ConsumerTimeLimit? = nil,
        logger: Logger = Logger(label: "muster.consumers")
    ) -> any ConsumerSession {
        makeSession(connection, executor, limit, logger)
    }
}

/// Answers a connection for which its route makes no consumer.
private struct RefusingConsumer: Consumer {
    let reason: any Error

    func connected(_ connection: Connection) async throws { throw reason }
}
