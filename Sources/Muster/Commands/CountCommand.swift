import ArgumentParser
import ChannelLayers
import Redis
import RedisBackends

/// `muster count`: how many members a group has in all processes.
struct CountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "count",
        abstract: "Print how many members a group has."
    )

    @Argument(help: "The group, such as users.")
    var group: String

    @OptionGroup var options: RedisOptions

    func run() async throws {
        let name = try RedisOptions.group(group)
        let count = try await options.withRedis { hosts, _ in
            try await GroupQueries(hosts: hosts).count(of: name)
        }
        print(count)
    }
}
