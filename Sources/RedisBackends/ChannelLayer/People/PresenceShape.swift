import ChannelLayers
import Messages

/// What a front's listing in Redis says of one group: how the group is told that a person left, so that others can do it
/// once the front is dead.
///
/// It is a line of JSON: `{"stamp": 3, "left": "user.left", "field": "user"}`, or just the stamp if nobody is told.
struct PresenceShape: Sendable, Hashable {
    /// The field of a front's listing that is no group: says what has become of the listing, see `ListingMark`.
    static let markField = ""

    /// Which of the front's writings it is from: a newer one has a higher stamp.
    let stamp: Int
    /// The `type` of the message; `nil` if nobody is told.
    let left: String?
    /// The message's field that holds the person's name.
    let field: String

    init(stamp: Int, presence: PresenceMessage?) {
        self.stamp = stamp
        left = presence?.left
        field = presence?.field ?? ""
    }

    /// Reads what a front has written; what cannot be read tells nobody.
    init(_ text: String) {
        var fields: MessageMap = [:]
        do {
            if case .map(let map) = try JSON.decode(text) { fields = map }
        } catch {
            // Not ours: whoever is listed there is removed all the same.
        }
        stamp = fields["stamp"]?.integerValue.map(Int.init) ?? 0
        left = fields["left"]?.stringValue
        field = fields["field"]?.stringValue ?? ""
    }

    /// What is written.
    func text() throws(MessageError) -> String {
        var fields: MessageMap = ["stamp": .integer(Int64(stamp))]
        if let left {
            fields["left"] = .string(left)
            fields["field"] = .string(field)
        }
        return try JSON.encode(.map(fields))
    }

    /// The message that tells that a person left; `nil` if nobody is told.
    func message(left user: String) -> Message? {
        left.map { Message(type: $0, [field: .string(user)]) }
    }
}

/// What has become of a front's listing of its people, as the listing itself says.
enum ListingMark: Sendable, Hashable {
    /// Redis holds what the front has written, last with this stamp.
    ///
    /// The stamp is there for whoever clears up after the front: one that came back has written another.
    case kept(stamp: Int)
    /// Others have begun to remove the front's people, and to tell that they left.
    case reaped

    private static let reapedText = "reaped"

    /// Reads the mark of a listing; whatever does not say that it was reaped is kept.
    init(_ text: String) {
        self =
            text == Self.reapedText ? .reaped : .kept(stamp: text.split(separator: ":").last.flatMap { Int($0) } ?? 0)
    }

    /// What is written.
    var text: String {
        switch self {
        case .kept(let stamp): "kept:\(stamp)"
        case .reaped: Self.reapedText
        }
    }
}
