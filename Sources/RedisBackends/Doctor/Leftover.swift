package import ChannelLayers

/// A key that a front without a good lease has left behind.
package struct Leftover: Sendable, Hashable {
    /// What kind of key it is.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case lease = "lease"
        case record = "record"
        case groups = "list of groups"
        case peoplesGroups = "list of groups with people"
        case mailbox = "mailbox"
    }

    package let front: FrontName
    package let host: Int
    package let kind: Kind

    package init(_ kind: Kind, of front: FrontName, on host: Int) {
        self.front = front
        self.host = host
        self.kind = kind
    }
}
