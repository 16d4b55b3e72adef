public import ChannelLayers
public import Consumers
import CoreMetrics
public import Messages

/// A staff member of customer service: sees the queue, takes customers out of it, and talks with them.
///
/// The client hears
/// - `{"type": "queue", "waiting": [{"name": "ann", "seconds": 1732219200}], "talks": [{"customer": "bob",
///   "staff": "mia"}], "staff": ["mia"]}` on each change: the first 100 who wait, each with the Unix time at which
///   the wait began, the first 200 who talk, and all staff who are there;
/// - `{"type": "counts", "waiting": "3", "talks": "2", "staff": "1"}`;
/// - `{"type": "talk", "customer": "ann"}` for each conversation of its own, also after a reload; the last messages
///   of the transcript follow, those of earlier conversations with the customer too;
/// - `{"type": "message", "stream": "ann", …}` as the customer does;
/// - `{"type": "gone", "customer": "ann"}` when the conversation is not this staff member's any longer;
/// - `{"type": "away", "customer": "ann"}` and `{"type": "back", "customer": "ann"}` when the customer's connection is
///   lost, and there again;
/// - `{"type": "gap"}` where messages may be missing, and `{"type": "error", "text": …}`.
///
/// It sends `take`, of the next or with a `customer`; `message` with `customer` and `text`; `hand_over` with
/// `customer` and `staff`; and `end` with `customer`. A `client`, a name of its own of at most 64 characters, comes back
/// in the message, or in the error.
public struct SupportStaff: Consumer {
    private let front: SupportFront
    private let name: UserName
    private var attending: DeskWatch.Attending?
    private var listening: Ticker.Listening?
    private var toldCounts: OutboundFrame?
    private var toldQueue: OutboundFrame?
    /// The newest snapshot that was told.
    private var mark = DeskView.Mark.nothing
    /// The customers of this staff member, and whether each is away.
    private var customers: [UserName: Bool] = [:]

    /// Makes a staff member's part of one connection.
    ///
    /// - Parameters:
    ///   - scope: The query has the staff member's `name`.
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
        let entry = try await front.desk.renew([], staff: [name])
        attending = front.watch.attend(staff: name)
        listening = front.ticker.listen(on: connection.layer)
        // What is older does not know of this staff member.
        mark = front.watch.mark(before: entry.version)
        if entry.hasChanged {
            front.watch.tell(.everyone, on: connection.layer)
        } else if let view = front.watch.view, view.version >= entry.version {
            try await show(view, on: connection)
        } else {
            front.watch.tell(.here, on: connection.layer)
        }
    }

    /// Does what the staff member asks for.
    public mutating func received(_ text: String, on connection: Connection) async throws {
        var client: String?
        do {
            let fields = try SupportRequest.fields(of: text)
            client = try SupportRequest.client(in: fields)
            switch try SupportRequest(fields) {
            case .takeNext: try await took(try await front.desk.takeNext(for: name), nil, on: connection)
            case .take(let customer):
                try await took(try await front.desk.take(customer, for: name), customer, on: connection)
            case .say(let text, let customer): try await say(text, client, to: customer, on: connection)
            case .handOver(let customer, let other): try await handOver(customer, to: other, on: connection)
            case .end(let customer): try await end(customer, on: connection)
            case .leave: throw SupportFault("that is for customers")
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

    /// Is waited for until the lease lapses; then others take the customers.
    public mutating func disconnected(_ connection: Connection, code: CloseCode) async throws {
        attending = nil
        listening = nil
    }

    /// What is said and happens.
    public static func render(_ message: Message) throws -> Rendering { try SupportTalk.render(message) }

    // MARK: - What the client asks for

    private func took(_ taking: DeskTaking, _ customer: UserName?, on connection: Connection) async throws {
        switch taking {
        case .taken(let customer):
            SupportMetrics.taken.increment()
            front.watch.tell(.everyone, on: connection.layer)
            await front.watch.record(.taken, by: name, with: customer, on: connection.layer)
        case .hadBefore:
            // Whoever asks again may not have heard of it.
            front.watch.tell(.here, on: connection.layer)
        case .hasAnother(let staff):
            throw SupportFault("\(staff) has taken \(customer?.rawValue ?? "the customer") already.")
        case .notWaiting:
            throw SupportFault(customer.map { "\($0) is not waiting." } ?? "Nobody is waiting.")
        case .full: throw SupportFault("As many conversations are on as may be.")
        }
    }

    private func say(
        _ text: String,
        _ client: String?,
        to customer: UserName?,
        on connection: Connection
    ) async throws {
        guard let customer else { throw SupportFault("the field “customer” is missing") }
        guard customers[customer] != nil else { throw Self.notYours(customer) }
        await front.media.keepMedia(namedIn: text)
        try await SupportTalk.record(text, by: name, .staff, with: customer, client: client, on: connection.layer)
    }

    private func handOver(_ customer: UserName, to other: UserName, on connection: Connection) async throws {
        guard other != name else { throw SupportFault("You have \(customer) already.") }
        switch try await front.desk.handOver(customer, from: name, to: other) {
        case .done:
            front.watch.tell(.everyone, on: connection.layer)
            await front.watch.record(.handedOver, by: other, with: customer, on: connection.layer)
        case .notYours: throw Self.notYours(customer)
        case .notThere: throw SupportFault("\(other) is not there.")
        }
    }

    private func end(_ customer: UserName, on connection: Connection) async throws {
        guard try await front.desk.end(customer, by: name) else { throw Self.notYours(customer) }
        front.watch.tell(.everyone, on: connection.layer)
        await front.watch.record(.ended, by: name, with: customer, on: connection.layer)
    }

    private static func notYours(_ customer: UserName) -> SupportFault {
        SupportFault("You have no conversation with \(customer).")
    }

    // MARK: - What the client is told

    private mutating func show(_ view: DeskView, on connection: Connection) async throws {
        guard view.mark > mark else { return }
        mark = view.mark
        if toldCounts != view.countsFrame {
            toldCounts = view.countsFrame
            connection.send(view.countsFrame)
        }
        let own = view.snapshot.talks.filter { $0.staff == name }.map(\.customer)
        for customer in Set(customers.keys).subtracting(own) {
            customers[customer] = nil
            if let talk = SupportTalk.group(of: customer) { connection.leave(talk) }
            try tell("gone", of: customer, on: connection)
        }
        for customer in own {
            let isAway = view.snapshot.away.contains(customer)
            if customers[customer] == nil {
                guard let talk = SupportTalk.group(of: customer) else { continue }
                try tell("talk", of: customer, on: connection)
                try await connection.join(talk, from: .newest(SupportTalk.recentMessages))
                customers[customer] = false
            }
            guard isAway != customers[customer] else { continue }
            customers[customer] = isAway
            try tell(isAway ? "away" : "back", of: customer, on: connection)
        }
        // Behind the conversations of its own, which it need not name all.
        if toldQueue != view.queueFrame {
            toldQueue = view.queueFrame
            connection.send(view.queueFrame)
        }
    }

    private func tell(_ type: String, of customer: UserName, on connection: Connection) throws {
        connection.send(try StructuredFrame.frame(type, ["customer": .string(customer.rawValue)]))
    }
}
