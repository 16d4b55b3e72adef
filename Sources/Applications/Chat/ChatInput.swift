/// What someone in a chat room has sent.
enum ChatInput: Equatable {
    /// Something to tell the room.
    case text(String)
    /// The wish that the server closes the connection: the word `close` alone.
    case close
    /// Nothing but white space: nobody is told.
    case nothing
    /// More than the room takes.
    case tooLong

    /// The longest text that a room takes, in bytes of UTF-8.
    static let maximumLength = 8 << 10
    /// What a client hears whose text is longer.
    static let lengthRule = "a message has at most \(maximumLength) bytes"

    init(_ text: String) {
        guard text.utf8.count <= Self.maximumLength else {
            self = .tooLong
            return
        }
        switch text.split(whereSeparator: \.isWhitespace) {
        case []: self = .nothing
        case ["close"]: self = .close
        default: self = .text(text)
        }
    }
}
