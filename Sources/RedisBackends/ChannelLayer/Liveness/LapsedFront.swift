import ChannelLayers
import Redis

/// A front whose lease, by the listing of fronts, has lapsed.
struct LapsedFront: Sendable, Hashable {
    let name: FrontName
    /// Its score in the listing, as Redis spelled it.
    let score: [UInt8]
}

/// A part of the entries in the list of fronts whose time is over.
struct LapsedFronts: Sendable, Hashable {
    /// An entry that is no front's name, and has no business there.
    struct Stray: Sendable, Hashable {
        let name: [UInt8]
        let score: [UInt8]
    }

    private(set) var fronts: [LapsedFront] = []
    private(set) var strays: [Stray] = []

    var isEmpty: Bool { fronts.isEmpty && strays.isEmpty }

    /// Reads the reply of `list_lapsed.lua`.
    init(_ reply: RedisReply) {
        let elements = reply.elements ?? []
        for index in stride(from: 0, to: elements.count - 1, by: 2) {
            guard let entry = elements[index].bytes, let score = elements[index + 1].bytes else { continue }
            if let name = Self.front(elements[index].string) {
                fronts.append(LapsedFront(name: name, score: score))
            } else {
                strays.append(Stray(name: entry, score: score))
            }
        }
    }

    /// A name of another form would lead to other keys than a front's.
    private static func front(_ name: String?) -> FrontName? {
        guard let name, !name.isEmpty, let channel = try? ChannelName("specific.\(name)!0") else { return nil }
        return FrontName(of: channel)
    }
}
