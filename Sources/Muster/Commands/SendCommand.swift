import ArgumentParser
import ChannelLayers
import Messages
import Redis
import RedisBackends

/// `muster send`: one message to a group.
struct SendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Send a message to every member of a group.",
        discussion: #"Example: muster send users '{"type": "number", "message": "3"}'"#
    )

    @Argument(help: "The group, such as users.")
    var group: String

    @Argument(help: "The message: a JSON object with a text 'type'.")
    var json: String

    @OptionGroup var options: RedisOptions

    func run() async throws {
        let name = try RedisOptions.group(group)
        let message: Message
        do {
            message = try Message(json: Array(json.utf8))
        } catch {
            throw CommandFailure("the message cannot be sent: \(error)")
        }
        let receivers = try await options.withRedis { client, keys in
            try await GroupQueries(client: client, keys: keys).send(message, to: name)
        }
        print("sent to \(receivers) process\(receivers == 1 ? "" : "es")")
    }
}
