import ChannelLayers
import Messages

/// What a client of the direct messages has sent: one JSON object.
enum DirectInput: Equatable {
    /// Something to tell another user.
    case message(receiver: UserName, text: String, client: String?, wantsReceipts: Bool)
    /// The client has these for good.
    case acknowledged([MessageID])
    /// The client knows that so many are missing.
    case acknowledgedMissing(Int)
    /// The client has these, but may lose them.
    case delivered([MessageID])
    /// The user has read all of a sender's up to this one.
    case read(sender: UserName, upTo: MessageID)

    /// The longest frame that is looked at: a longest message with every byte escaped, and some more.
    static let maximumFrame = 64 << 10
    /// The longest text, in bytes of UTF-8.
    static let maximumText = 8 << 10
    /// How many ids one frame may name.
    static let maximumIDs = 100
    /// The longest name of a message that a client gives, in characters.
    static let maximumClientID = 64

    /// Reads a frame.
    ///
    /// - Parameter frame: What the client sent.
    /// - Throws: `DirectInputError`, whose text is for the client.
    init(_ frame: String) throws(DirectInputError) {
        guard frame.utf8.count <= Self.maximumFrame else {
            throw DirectInputError("a frame has at most \(Self.maximumFrame) bytes")
        }
        let fields: MessageMap
        do {
            guard case .map(let map) = try JSON.decode(frame) else { throw DirectInputError(Self.example) }
            // What is null is as good as not there.
            fields = map.filter { $0.value != .null }
        } catch let error as DirectInputError {
            throw error
        } catch {
            throw DirectInputError(Self.example)
        }
        switch fields["type"] ?? "message" {
        case "message": self = try Self.message(fields)
        case "ack" where fields["missing"] != nil: self = try Self.missing(fields)
        case "ack": self = .acknowledged(try Self.ids(fields))
        case "delivered": self = .delivered(try Self.ids(fields))
        case "read": self = try Self.read(fields)
        default:
            throw DirectInputError("the type is message, ack, delivered or read; without one it is message")
        }
    }

    private static let example = #"send a JSON object such as {"receiver": "bob", "message": "hi"}"#

    private static func message(_ fields: MessageMap) throws(DirectInputError) -> DirectInput {
        let client = try clientID(fields)
        guard let receiver = user(fields["receiver"]) else {
            throw DirectInputError("receiver is not the name of a user: \(Correspondence.nameRule)", client: client)
        }
        guard let text = fields["message"]?.stringValue, !text.isEmpty else {
            throw DirectInputError("message is not a text, or an empty one", client: client)
        }
        guard text.utf8.count <= maximumText else {
            throw DirectInputError("a message has at most \(maximumText) bytes", client: client)
        }
        guard let wantsReceipts = (fields["receipt"] ?? false).boolValue else {
            throw DirectInputError("receipt is true or false", client: client)
        }
        return .message(receiver: receiver, text: text, client: client, wantsReceipts: wantsReceipts)
    }

    private static func clientID(_ fields: MessageMap) throws(DirectInputError) -> String? {
        guard let value = fields["client"] else { return nil }
        guard
            let text = value.stringValue, (1...maximumClientID).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x20...0x7e).contains($0) })
        else { throw DirectInputError("client has 1 to \(maximumClientID) printable ASCII characters") }
        return text
    }

    /// The messages that are named, each once.
    private static func ids(_ fields: MessageMap) throws(DirectInputError) -> [MessageID] {
        let values = fields["ids"]?.arrayValue ?? []
        let ids = values.compactMap { $0.stringValue.flatMap { MessageID($0) } }
        guard (1...maximumIDs).contains(values.count), ids.count == values.count else {
            throw DirectInputError("ids is a list of 1 to \(maximumIDs) ids of messages")
        }
        return Array(OrderedSet(ids))
    }

    private static func missing(_ fields: MessageMap) throws(DirectInputError) -> DirectInput {
        guard let number = fields["missing"]?.integerValue, let count = Int(exactly: number), count > 0 else {
            throw DirectInputError("missing is a whole number from 1")
        }
        return .acknowledgedMissing(count)
    }

    private static func read(_ fields: MessageMap) throws(DirectInputError) -> DirectInput {
        guard let sender = user(fields["sender"]) else { throw DirectInputError("sender is not the name of a user") }
        guard let id = fields["id"]?.stringValue.flatMap({ MessageID($0) }) else {
            throw DirectInputError("id is not the id of a message")
        }
        return .read(sender: sender, upTo: id)
    }

    private static func user(_ value: MessageValue?) -> UserName? {
        value?.stringValue.flatMap { Correspondence.user(named: $0) }
    }
}

/// Why nothing was done with what a client has sent.
struct DirectInputError: Error, Equatable {
    /// For the client.
    let text: String
    /// What the client calls its message, if it said so.
    let client: String?

    init(_ text: String, client: String? = nil) {
        self.text = text
        self.client = client
    }
}
