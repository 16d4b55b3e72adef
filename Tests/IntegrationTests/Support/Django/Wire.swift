import Testing

/// How the processes of a test write messages, the same on every side.
struct Wire: Sendable, CustomTestStringConvertible {
    enum Serializer: String, Sendable {
        case messagePack = "msgpack"
        case json
    }

    var serializer = Serializer.messagePack
    /// The first encrypts; none if empty.
    var encryptionKeys: [String] = []

    static let messagePack = Wire()
    static let json = Wire(serializer: .json)
    static let encryptedMessagePack = Wire(encryptionKeys: ["the key in use", "an older key"])
    static let encryptedJSON = Wire(serializer: .json, encryptionKeys: ["the key in use", "an older key"])
    static let all = [messagePack, json, encryptedMessagePack, encryptedJSON]

    var testDescription: String { (encryptionKeys.isEmpty ? "" : "encrypted ") + serializer.rawValue }

    /// The options of `muster` that say so.
    var options: [String] {
        var options = ["--serializer", serializer.rawValue]
        if !encryptionKeys.isEmpty { options += ["--encryption-keys", encryptionKeys.joined(separator: ",")] }
        return options
    }
}
