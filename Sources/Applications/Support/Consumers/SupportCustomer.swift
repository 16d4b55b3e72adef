public import ChannelLayers
public import Consumers
import CoreMetrics
public import Messages

/// A customer of customer service: waits in the queue, then talks with a staff member.
///
/// The client hears
/// - `{"type": "waiting", "place": 3, "waiting": 7}`, places from 1, whenever one of the numbers changes;
/// - `{"type": "talk", "staff": "mia"}` when a conversation is on, and when another staff member has taken it over;
///   after the first the last messages of the transcript follow;
/// - `{"type": "message", "stream": "<customer>", "id": …, "from": "customer", "name": …, "text": …}`; `from` is
///   `staff` for what a staff member says, and `desk`, with an `event` `taken`, `handed_over`, `staff_gone` or
///   `ended`, for what happened;
/// - `{"type": "counts", "waiting": "3", "talks": "2", "staff": "1"}`;
/// - `{"type": "ended"}` when there is neither wait nor talk any longer; a new connection begins anew;
/// - `{"type": "gap"}` where messages may be missing, and `{"type": "error", "text": …}`.
///
/// It sends `{"type": "message", "text": …}` in a conversation, and `{"type": "leave"}`, upon which it is closed. A
/// `client`, a name of its own of at most 64 characters, comes back in the message, or in the error.
public struct SupportCustomer: Consumer {
    /// What the client was told of its place.
    private enum Told: Equatable {
        case nothing
        case waiting(place: Int, of: Int)
        case talking(UserName)
        case ended
    }

    private let front: SupportFront
    private let name: UserName
    private var attending: DeskWatch.Attending?
    private var listening: Ticker.Listening?
    private var told = Told.nothing
    private var toldCounts: OutboundFrame?
    /// The newest snapshot that was told.
    private var mark = DeskView.Mark.nothing
    private var hasJoinedTalk = false

    /// Makes a customer's part of one connection.
    ///
    /// - Parameters:
    ///   - scope: The query has the customer's `name`.
    ///   - front: What the front's connections share.
    /// - Throws: `Closing` when there is no valid name.
    public init(_ scope: Scope, front: SupportFront) throws(Closing) {
        self.front = front
        name = try SupportName.read(scope)
    }

    /// Comes to the desk.
    public mutating func connected(_ connection: Connection) async throws {
        // First: a join waits while the layer's server is away, and what follows would fail.
        try await connection.join(SupportFront.group)
        let entry = try await front.desk.enter(name)
        guard entry.place != .full else {
            throw Closing(.tryAgainLater, reason: "as many customers wait as may; try again later")
        }
        attending = front.watch.attend(customer: name)
        listening = front.ticker.listen(on: connection.layer)
        // What is older does not know of this customer.
        mark = front.watch.mark(before: entry.version)
        if entry.hasChanged {
            front.watch.tell(.everyone, on: connection.layer)
        } else if let view = front.watch.view, view.version >= entry.version {
            try await show(view, on: connection)
        } else {
            front.watch.tell(.here, on: connection.layer)
        }
    }

    /// Says something, or leaves.
    public mutating func received(_ text: String, on connection: Connection) async throws {
        var client: String?
        do {
            let fields = try SupportRequest.fields(of: text)
            client = try SupportRequest.client(in: fields)
            switch try SupportRequest(fields) {
            case .say(let text, _): try await say(text, client, on: connection)
            case .leave: try await leave(connection)
            default: throw SupportFault("that is for staff")
            }
        } catch {
            try connection.complain(of: error, in: client)
        }
    }

    /// Takes no bytes.
    public mutating func received(_ bytes: [UInt8], on connection: Connection) async throws {
        throw Closing(.unsupportedData, reason: "customer service takes text only")
    }

    /// Tells what has changed at the desk.
    public mutating func received(_ message: Message, on connection: Connection) async throws {
        guard let view = try front.watch.take(message) else { return }
        try await show(view, on: connection)
    }

    /// Has the desk read anew: a change may have been missed.
    public mutating func gap(in groups: [GroupName], on connection: Connection) async throws {
        if groups.contains(SupportFront.group) { front.watch.tell(.here, on: connection.layer) }
    }

    /// Is waited for until the lease lapses.
    public mutating func disconnected(_ connection: Connection, code: CloseCode) async throws {
        attending = nil
        listening = nil
    }

    /// What is said and happens.
    public static func render(_ message: Message) throws -> Rendering { try SupportTalk.render(message) }

    // MARK: - What the client asks for

    private func say(_ text: String, _ client: String?, on connection: Connection) async throws {
        guard case .talking = told else {
            throw SupportFault(told == .ended ? "The conversation has ended." : "Nobody has taken you yet.")
        }
        await front.media.keepMedia(namedIn: text)
        try await SupportTalk.record(text, by: name, .customer, with: name, client: client, on: connection.layer)
    }

    private func leave(_ connection: Connection) async throws {
        do {
            let staff = try await front.desk.leave(name)
            front.watch.tell(.everyone, on: connection.layer)
            if staff != nil { await front.watch.record(.ended, by: name, with: name, on: connection.layer) }
        } catch {
            // Whoever wants to go goes: the lease lapses.
            front.watch.failed(error)
        }
        throw Closing()
    }

    // MARK: - What the client is told

    private mutating func show(_ view: DeskView, on connection: Connection) async throws {
        guard view.mark > mark else { return }
        mark = view.mark
        if toldCounts != view.countsFrame {
            toldCounts = view.countsFrame
            connection.send(view.countsFrame)
        }
        switch view.position(of: name) {
        case .waiting(let place): try tell(.waiting(place: place, of: view.waitingCount), connection)
        case .talking(let staff):
            try tell(.talking(staff), connection)
            guard !hasJoinedTalk, let talk = SupportTalk.group(of: name) else { return }
            try await connection.join(talk, from: .newest(SupportTalk.recentMessages))
            // It stays in: what happens at the end, and after it, is for the customer too.
            hasJoinedTalk = true
        case .nowhere:
            guard told != .ended, try await front.watch.isDone(name, on: connection.layer) else { return }
            try tell(.ended, connection)
        }
    }

    private mutating func tell(_ news: Told, _ connection: Connection) throws {
        guard news != told else { return }
        told = news
        switch news {
        case .nothing: break
        case .waiting(let place, let count):
            connection.send(
                try StructuredFrame.frame(
                    "waiting",
                    ["place": .integer(Int64(place)), "waiting": .integer(Int64(count))]
                )
            )
        case .talking(let staff):
            connection.send(try StructuredFrame.frame("talk", ["staff": .string("\(staff)")]))
        case .ended: connection.send(try StructuredFrame.frame("ended"))
        }
    }
}

extension Connection {
    /// Tells the client what was wrong with its frame, or that it could not be done; throws what is neither.
    ///
    /// - Parameters:
    ///   - error: What was wrong.
    ///   - client: What the client calls the frame.
    /// - Throws: An error that is none of the client's.
    func complain(of error: any Error, in client: String?) throws {
        let text: String
        switch error {
        case let fault as SupportFault:
            SupportMetrics.badFrames.increment()
            text = fault.text
        case let error as ChannelLayerError where [.unavailable, .refused].contains(error.code):
            text = "That was not done. Try again in a while."
        default: throw error
        }
        var fields: MessageMap = ["text": .string(text)]
        if let client { fields["client"] = .string(client) }
        send(try StructuredFrame.frame("error", fields))
    }
}
