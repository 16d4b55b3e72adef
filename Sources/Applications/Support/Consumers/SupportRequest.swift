import ChannelLayers
import Consumers
import Messages

/// What somebody at the desk asks for.
enum SupportRequest: Equatable {
    case say(String, to: UserName?)
    case leave
    case takeNext
    case take(UserName)
    case handOver(UserName, to: UserName)
    case end(UserName)

    /// The longest text, in bytes of UTF-8.
    static let longestText = 8 << 10
    /// No frame is longer: every byte of a text may be written as an escape of six, and names take some too.
    private static let longestFrame = 6 * longestText + 1024

    /// The longest `client`, in bytes.
    private static let longestClient = 64

    /// Reads the fields of a frame.
    ///
    /// - Parameter frame: What the client has sent.
    /// - Returns: The fields.
    /// - Throws: What is wrong with it.
    static func fields(of frame: String) throws(SupportFault) -> MessageMap {
        guard frame.utf8.count <= longestFrame else { throw SupportFault("a text has at most 8192 bytes") }
        do {
            guard case .map(let fields) = try JSON.decode(frame) else {
                throw SupportFault("a JSON object is expected")
            }
            return fields
        } catch let fault as SupportFault {
            throw fault
        } catch {
            throw SupportFault("that is not JSON")
        }
    }

    /// What the client calls the frame: it hears the name again, with the message or with what was wrong.
    ///
    /// - Parameter fields: The fields of the frame.
    /// - Returns: The name, if it has one.
    /// - Throws: What is wrong with it.
    static func client(in fields: MessageMap) throws(SupportFault) -> String? {
        guard let value = fields["client"], value != .null else { return nil }
        guard let text = value.stringValue, (1...longestClient).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x20...0x7e).contains($0) })
        else { throw SupportFault("the field “client” has 1 to \(longestClient) printable ASCII characters") }
        return text
    }

    /// Reads what the fields of a frame ask for.
    ///
    /// - Parameter fields: The fields.
    /// - Throws: What is wrong with them.
    init(_ fields: MessageMap) throws(SupportFault) {
        guard let type = fields["type"]?.stringValue else { throw SupportFault("the field “type” is missing") }
        switch type {
        case "message": self = .say(try Self.text(fields), to: try Self.name("customer", in: fields))
        case "leave": self = .leave
        case "take": self = try Self.name("customer", in: fields).map { .take($0) } ?? .takeNext
        case "hand_over":
            self = .handOver(try Self.customer(fields), to: try Self.required("staff", in: fields))
        case "end": self = .end(try Self.customer(fields))
        default: throw SupportFault("no “type” is called \(type.debugDescription.prefix(40))")
        }
    }

    private static func text(_ fields: MessageMap) throws(SupportFault) -> String {
        guard let text = fields["text"]?.stringValue else {
            throw SupportFault("the field “text” is missing or no text")
        }
        guard (1...longestText).contains(text.utf8.count) else {
            throw SupportFault("a text has 1 to \(longestText) bytes")
        }
        return text
    }

    private static func customer(_ fields: MessageMap) throws(SupportFault) -> UserName {
        try required("customer", in: fields)
    }

    private static func required(_ field: String, in fields: MessageMap) throws(SupportFault) -> UserName {
        guard let name = try name(field, in: fields) else { throw SupportFault("the field “\(field)” is missing") }
        return name
    }

    private static func name(_ field: String, in fields: MessageMap) throws(SupportFault) -> UserName? {
        guard let value = fields[field], value != .null else { return nil }
        guard let name = value.stringValue.flatMap({ SupportName.read($0) }) else {
            throw SupportFault("the field “\(field)” is not a name: \(SupportName.rule)")
        }
        return name
    }
}

/// What is wrong with a frame, as its sender hears it.
struct SupportFault: Error, Equatable {
    let text: String

    init(_ text: String) { self.text = text }
}

/// The names of customers and staff.
enum SupportName {
    /// The longest, in characters: some room is left for what groups' names begin with.
    static let maximumLength = 80
    static let rule = "it has 1 to \(maximumLength) ASCII letters, digits, hyphens, underscores or full stops"

    /// Reads a name; `nil` for what is none.
    static func read(_ text: String) -> UserName? {
        guard text.utf8.count <= maximumLength, GroupName("", pathSegment: text) != nil else { return nil }
        do {
            return try UserName(text)
        } catch {
            return nil
        }
    }

    /// The name in the query of an opening request.
    static func read(_ scope: Scope) throws(Closing) -> UserName {
        guard let text = scope.parameter("name"), let name = read(text) else {
            throw Closing(.policyViolation, reason: "the query needs a name: \(rule)")
        }
        return name
    }
}
