import ChannelLayers
import Messages
import MusterTesting

@testable import RedisBackends

/// What groups were told of people.
extension PeopleTests {
    func host(of group: GroupName, among count: Int) -> Int {
        HostSelection(count: count, keys: RedisKeys()).people(in: group)
    }

    /// Who is there, as far as a receiver was told.
    func present(_ receiver: RecordingReceiver, _ group: GroupName) -> Set<String> {
        var present: Set<String> = []
        for message in receiver.messages(to: group) {
            guard let user = message["user"]?.stringValue else { continue }
            if message.type == "user.joined" { present.insert(user) } else { present.remove(user) }
        }
        return present
    }

    /// What a receiver was told although it knew.
    func repetitions(_ receiver: RecordingReceiver, _ group: GroupName) -> [String] {
        var present: Set<String> = []
        var repetitions: [String] = []
        for message in receiver.messages(to: group) {
            guard let user = message["user"]?.stringValue else { continue }
            let isNews =
                message.type == "user.joined" ? present.insert(user).inserted : present.remove(user) != nil
            if !isNews { repetitions.append("\(user): \(message.type)") }
        }
        return repetitions
    }
}
