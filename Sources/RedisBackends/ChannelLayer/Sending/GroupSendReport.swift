/// How many processes a group message reached.
package struct GroupSendReport: Sendable, Equatable {
    /// Fronts, and processes with the pub/sub layer.
    package internal(set) var listeners = 0
    /// Processes with the core layer.
    package internal(set) var mailboxes = 0
    /// Processes with the core layer that did not get it: no room, or not to be reached.
    package internal(set) var missed = 0
}
