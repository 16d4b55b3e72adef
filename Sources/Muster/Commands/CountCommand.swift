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
        let count = try await options.withRedis { client, keys in
            try await GroupQueries(client: client, keys: keys).count(of: name)
        }
        print(count)
    }
}
