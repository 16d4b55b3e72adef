import ChannelLayers
import Messages

@testable import RedisBackends

extension Person {
    /// Somebody whose group is told.
    static func test(_ name: String) throws -> Person {
        Person(try UserName(name), presence: PresenceMessage())
    }
}

/// Who came and who went, by what a group was told.
func toldOfPeople(_ messages: [Message]) -> [String] {
    messages.compactMap { message in
        guard let user = message["user"]?.stringValue else { return nil }
        return "\(user) \(message.type == "user.joined" ? "came" : "went")"
    }
}

extension RedisChannelLayer {
    /// What its reaper does about a front's people.
    var deadPeople: DeadPeople {
        DeadPeople(host: 0, sender: sender, context: context) { (_) async throws(ChannelLayerError) in }
    }
}
