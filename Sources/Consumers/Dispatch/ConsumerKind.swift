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

    package init<C: Consumer>(_ make: @escaping @Sendable (Scope) -> C) {
        id = ObjectIdentifier(C.self)
        name = String(describing: C.self)
        renderMessage = { try C.render($0) }
        makeSession = { connection, executor, limit, logger in
            SerialConsumerSession(
                consumer: make(connection.scope),
                connection: connection,
                executor: executor,
                limit: limit,
                logger: logger
            )
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
