/// What the clients of a swarm have seen, added up.
struct SwarmTally: Equatable, Sendable {
    /// Clients whose connection is open.
    var open = 0
    /// Ended clients by close code; 1006 stands for an end without a close frame.
    var closed: [UInt16: Int] = [:]
    /// Data messages received, by all clients together.
    var frames = 0
    /// The payload bytes of those messages.
    var bytes = 0
    /// How many open clients have had the text that they look out for so many times.
    var sightings: [Int: Int] = [:]
    /// How many open clients have each text as their last one; nil stands for none yet.
    var lastTexts: [String?: Int] = [:]

    mutating func add(_ client: SwarmClient) {
        frames += client.frames
        bytes += client.bytes
        if let event = client.closeEvent {
            closed[event.code, default: 0] += 1
        } else if client.isOpen {
            open += 1
            lastTexts[client.lastText, default: 0] += 1
            sightings[client.sightings, default: 0] += 1
        }
    }

    mutating func add(_ other: SwarmTally) {
        open += other.open
        frames += other.frames
        bytes += other.bytes
        closed.merge(other.closed, uniquingKeysWith: +)
        sightings.merge(other.sightings, uniquingKeysWith: +)
        lastTexts.merge(other.lastTexts, uniquingKeysWith: +)
    }

    /// The most frequent last texts, for error messages.
    var summary: String {
        let texts = lastTexts.sorted { $0.value > $1.value }.prefix(4)
            .map { "\($0.value) × \($0.key ?? "nothing")" }
        return "\(open) open, closed \(closed), last texts: \(texts.joined(separator: ", "))"
    }
}
