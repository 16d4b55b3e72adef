import ArgumentParser
import ChannelLayers
import Redis
import RedisBackends

/// `muster members`: who is in a group.
struct MembersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "members",
        abstract: "Print a group's members, one channel name a line, in the order of joining."
    )

    @Argument(help: "The group, such as users.")
    var group: String

    @OptionGroup var options: RedisOptions

    func run() async throws {
        let members = try await options.withRedis { [group] client, keys in
            try await GroupQueries(client: client, keys: keys).members(of: try GroupName(group))
        }
        for member in members { print(member) }
    }
}
