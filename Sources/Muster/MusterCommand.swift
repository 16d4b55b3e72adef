import ArgumentParser

/// `muster`: serves, and asks a running system.
@main
struct MusterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "muster",
        abstract: "A distributed channel layer for WebSockets, on Redis.",
        discussion: "The options of serve can be set by environment variables too: --redis by MUSTER_REDIS, and so on.",
        version: Version.current,
        subcommands: [
            ServeCommand.self, CountCommand.self, MembersCommand.self, SendCommand.self, WatchCommand.self,
            FrontsCommand.self, DoctorCommand.self,
        ]
    )
}
