import ChannelLayers
import Foundation
import Synchronization

/// Ids that a sender chooses by its own clock, where the message is encrypted before Redis sees it.
///
/// Redis takes them only if they are greater than those in the history. Those that one process chooses first are all
/// different; those of different processes may meet, and those of a clock that is late come too late.
final class ChosenIDs: Sendable {
    private let latest = Mutex(MessageID.zero)

    /// One that is greater than all that were made before, by the clock if it can be.
    func first(milliseconds: UInt64 = now) -> MessageID {
        latest.withLock { latest in
            latest = MessageID.next(after: latest, milliseconds: milliseconds)
            return latest
        }
    }

    /// One to try once `last` was found in the history.
    ///
    /// The more often that has happened, the farther ahead: whoever sends less often than others has to overtake them.
    static func again(after last: MessageID, attempt: Int, milliseconds: UInt64 = now) -> MessageID {
        MessageID.next(after: last, milliseconds: max(milliseconds, last.milliseconds) &+ UInt64(attempt / 2))
    }

    /// Milliseconds since 1970.
    static var now: UInt64 { UInt64(max(0, Date().timeIntervalSince1970 * 1000)) }
}
