import ArgumentParser
import ChannelLayers
import Messages
import Redis
import RedisBackends

/// `muster send`: one message to a group or a channel.
struct SendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Send a message to every member of a group, or to one channel.",
        discussion: """
            Example: muster send message.ann '{"type": "websocket.send", "text": "hello"}'

            In a group that keeps a history the message is recorded.
            """
    )

    @Argument(help: "The group, such as users, or the channel.")
    var name: String

    @Argument(help: "The message: a JSON object with a text 'type'.")
    var json: String

    @Flag(name: .customLong("channel"), help: "The name is a channel's: of one connection, or of workers.")
    var isChannel = false

    @Option(help: "What groups keep of their messages, as for serve, whose value this has to be.")
    var history: [String] = []

    @OptionGroup var options: RedisOptions

    func run() async throws {
        let message: Message
        do {
            message = try Message(json: Array(json.utf8))
        } catch {
            throw CommandFailure("the message cannot be sent: \(error)")
        }
        if isChannel {
            let channel = try RedisOptions.channel(name)
            try await options.withRedis { hosts, configuration in
                let sender = MessageSender(hosts: hosts, configuration: configuration, logger: RedisOptions.quiet)
                try await sender.send(message, to: channel)
            }
            print("sent")
        } else {
            let group = try RedisOptions.group(name)
            let others = ["history": history.isEmpty ? nil : history.joined(separator: ",")]
            let report = try await options.withRedis(with: others) { hosts, configuration in
                let sender = MessageSender(hosts: hosts, configuration: configuration, logger: RedisOptions.quiet)
                return try await sender.record(message, to: group)
            }
            let reached = report.listeners + report.mailboxes
            print("sent to \(reached) process\(reached == 1 ? "" : "es")")
            if let id = report.id { print("recorded as \(id)") }
            if report.missed > 0 {
                throw CommandFailure("\(report.missed) Django processes did not get it: full, or not to be reached")
            }
        }
    }
}
