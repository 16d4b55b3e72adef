import ArgumentParser
import ChannelLayers
import RedisBackends

/// `muster fronts`: the fronts that share this Redis.
struct FrontsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fronts",
        abstract: "Print the fronts, their connections and how their leases stand.",
        discussion: "With several Redis hosts a front has a lease, and a line, on each."
    )

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var options: RedisOptions

    func run() async throws {
        let register = try await options.withRedis { hosts, _ in
            try await FrontSurvey(hosts: hosts).register()
        }
        let report = FrontsReport(register)
        print(json ? try JSONText.of(report.rows) : report.text)
    }
}
