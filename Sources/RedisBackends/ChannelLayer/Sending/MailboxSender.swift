import ChannelLayers
import CoreMetrics
import Logging
import Messages
import Redis

/// Puts messages into the mailboxes of processes, by the rules of `channels_redis`' core layer: capacity and expiry.
///
/// One script per mailbox checks, writes and renews in one step, so that racing senders cannot overshoot the capacity.
struct MailboxSender: Sendable {
    /// An entry for one mailbox.
    struct Letter: Sendable {
        let mailbox: String
        let capacity: Int
        let entry: [UInt8]
    }

    /// What became of a letter.
    enum Outcome: Sendable, Equatable {
        case taken
        case full
        case refused(String)
    }

    let hosts: RedisHosts
    let expiry: Duration

    /// Sends letters to mailboxes on one host; an outcome for each.
    func send(_ letters: [Letter], to host: Int) async throws(ChannelLayerError) -> [Outcome] {
        let seconds = RedisArgument(Int(expiry.components.seconds))
        let replies = try await hosts.evaluate(
            LuaScripts.sendToMailbox,
            letters.map {
                ([RedisArgument($0.mailbox)], [RedisArgument($0.capacity), seconds, RedisArgument($0.entry)])
            },
            on: host
        )
        return replies.map { reply in
            if let text = reply.errorText { return .refused(text) }
            return reply.int == 1 ? .taken : .full
        }
    }
}
