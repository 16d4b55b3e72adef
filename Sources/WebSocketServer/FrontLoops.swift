import ChannelLayers
import Consumers
import Logging
import NIOCore

/// A front's event loops, each with what the front keeps on it.
struct FrontLoops: Sendable {
    private let boxes: [NIOLoopBoundBox<FrontLoop>]
    private let index: [ObjectIdentifier: Int]
    private let eventLoops: [any EventLoop]
    private let connections = ConnectionCount()

    init(
        group: any EventLoopGroup,
        configuration: FrontConfiguration,
        router: ConsumerRouter,
        layer: any ChannelLayer,
        logger: Logger
    ) {
        eventLoops = Array(group.makeIterator())
        boxes = eventLoops.map { [connections] eventLoop in
            NIOLoopBoundBox.makeBoxSendingValue(
                FrontLoop(
                    eventLoop: eventLoop,
                    configuration: configuration,
                    router: router,
                    layer: layer,
                    count: connections,
                    logger: logger
                ),
                eventLoop: eventLoop
            )
        }
        index = Dictionary(uniqueKeysWithValues: eventLoops.enumerated().map { (ObjectIdentifier($1), $0) })
    }

    /// What is kept on the loop that the caller runs on.
    subscript(eventLoop: any EventLoop) -> FrontLoop {
        guard let position = index[ObjectIdentifier(eventLoop)] else {
            preconditionFailure("a connection is on an event loop that is not of the front's group")
        }
        return boxes[position].value
    }

    /// How many WebSockets are open on all loops.
    var connectionCount: Int { connections.value }

    /// How many loops there are.
    var count: Int { boxes.count }

    /// Does something on one loop, later.
    func on(_ position: Int, _ work: @escaping @Sendable (FrontLoop) -> Void) {
        let box = boxes[position]
        eventLoops[position].execute { work(box.value) }
    }

    /// Does something on every loop, later.
    func onEach(_ work: @escaping @Sendable (FrontLoop) -> Void) {
        for position in boxes.indices { on(position, work) }
    }

    /// Waits until no loop has a connection.
    func emptied() async throws {
        for (eventLoop, box) in zip(eventLoops, boxes) {
            try await eventLoop.flatSubmit { box.value.whenEmpty() }.get()
        }
    }

    /// Calls `tick` on every loop once a second until the returned tasks are cancelled.
    func startTicking() -> [RepeatedTask] {
        zip(eventLoops, boxes).map { eventLoop, box in
            eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in box.value.tick() }
        }
    }
}
