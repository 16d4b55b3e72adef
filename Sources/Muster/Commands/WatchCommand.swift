import ArgumentParser
import ChannelLayers
import Foundation
import Redis
import RedisBackends

/// `muster watch`: a group's count, live.
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Show how many members a group has, until Ctrl-C.",
        discussion: "On a terminal the number is redrawn in place; otherwise each change is a line."
    )

    @Argument(help: "The group, such as users.")
    var group: String

    @Option(help: "How often to look, in milliseconds, from 50.")
    var interval = 250

    @OptionGroup var options: RedisOptions

    func validate() throws {
        guard (50...3_600_000).contains(interval) else { throw ValidationError("--interval is 50 to 3600000") }
    }

    func run() async throws {
        let name = try RedisOptions.group(group)
        let isTerminal = isatty(STDOUT_FILENO) == 1
        try await options.withRedis { [interval] hosts, _ in
            let queries = GroupQueries(hosts: hosts)
            var shown: String?
            while true {
                let text = await Self.text(of: name, queries)
                if text != shown {
                    // Carriage return and "erase to the end of the line" (ECMA-48 EL) redraw in place.
                    print(isTerminal ? "\r\u{1B}[K\(name): \(text)" : text, terminator: isTerminal ? "" : "\n")
                    fflush(nil)
                    shown = text
                }
                try await Task.sleep(for: .milliseconds(interval))
            }
        }
    }

    /// The count, or what keeps it from being known: a Redis that restarts does not end the watch.
    private static func text(of group: GroupName, _ queries: GroupQueries) async -> String {
        do {
            return String(try await queries.count(of: group))
        } catch {
            return "? (\(error.message))"
        }
    }
}
