package import ChannelLayers

/// What became of a group message: how many processes it reached, and where it is recorded.
package struct GroupSendReport: Sendable, Equatable {
    /// Fronts, and processes with the pub/sub layer.
    package internal(set) var listeners = 0
    /// Processes with the core layer.
    package internal(set) var mailboxes = 0
    /// Processes with the core layer that did not get it: no room, or not to be reached.
    package internal(set) var missed = 0
    /// Where it stands in the group's history; `nil` if the group keeps none, or the message was only to be sent.
    package internal(set) var id: MessageID?
}
