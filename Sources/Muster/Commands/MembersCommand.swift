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
        let name = try RedisOptions.group(group)
        let members = try await options.withRedis { hosts, _ in
            try await GroupQueries(hosts: hosts).members(of: name)
        }
        for member in members { print(member) }
    }
}
