import ChannelLayers
import Consumers
import Messages

/// A snapshot of the desk as a front's connections need it: worked out once for all of them.
struct DeskView: Sendable {
    /// Where a customer is.
    enum Position: Equatable {
        case waiting(place: Int)
        case talking(UserName)
        case nowhere
    }

    /// What a connection was told of the desk.
    struct Mark: Comparable {
        /// How many views the front had forgotten before.
        let age: Int
        let version: Int

        static let nothing = Mark(age: .min, version: .min)

        static func < (one: Mark, other: Mark) -> Bool {
            (one.age, one.version) < (other.age, other.version)
        }
    }

    /// How many of the waiting and of the talks staff see by name.
    static let listedWaiting = 100
    static let listedTalks = 200

    let snapshot: DeskSnapshot
    private let age: Int
    let queueFrame: OutboundFrame
    let countsFrame: OutboundFrame
    private let places: [UserName: Int]
    private let talks: [UserName: DeskSnapshot.Talk]

    var version: Int { snapshot.version }
    var mark: Mark { Mark(age: age, version: version) }
    var waitingCount: Int { snapshot.waiting.count }

    init(_ snapshot: DeskSnapshot, age: Int = 0) throws(MessageError) {
        self.snapshot = snapshot
        self.age = age
        places = Dictionary(snapshot.waiting.enumerated().map { ($1.customer, $0 + 1) }) { first, _ in first }
        talks = Dictionary(snapshot.talks.map { ($0.customer, $0) }) { first, _ in first }
        queueFrame = try StructuredFrame.frame(
            "queue",
            [
                "waiting": .array(
                    snapshot.waiting.prefix(Self.listedWaiting).map {
                        .map(["name": .string("\($0.customer)"), "seconds": .integer(Int64($0.order / 1_000_000))])
                    }
                ),
                "talks": .array(
                    snapshot.talks.prefix(Self.listedTalks).map {
                        .map(["customer": .string("\($0.customer)"), "staff": .string("\($0.staff)")])
                    }
                ),
                "staff": .array(snapshot.staff.map { .string("\($0)") }),
            ]
        )
        countsFrame = try StructuredFrame.frame(
            "counts",
            [
                "waiting": .string("\(snapshot.waiting.count)"), "talks": .string("\(snapshot.talks.count)"),
                "staff": .string("\(snapshot.staff.count)"),
            ]
        )
    }

    func position(of customer: UserName) -> Position {
        if let talk = talks[customer] { return .talking(talk.staff) }
        return places[customer].map { .waiting(place: $0) } ?? .nowhere
    }

    /// What the desk is to know of a customer if it has forgotten; `nil` for one who is not at the desk.
    func claim(of customer: UserName) -> DeskClaim? {
        if let talk = talks[customer] { return DeskClaim(customer, staff: talk.staff, order: talk.began) }
        return places[customer].map { DeskClaim(customer, order: snapshot.waiting[$0 - 1].order) }
    }
}
