import Testing

@testable import ChannelLayers

struct ChannelCapacitiesTests {
    @Test("Capacities are those of channels_redis", arguments: try CapacityVectors.load().vectors)
    func vector(_ vector: CapacityVectors.Case) throws {
        let config = try CapacityVectors.load().config
        let patterns = config.patterns.map { pattern in
            let isGlob = pattern.kind == "glob"
            return (pattern: isGlob ? .glob(pattern.text) : Self.regex(pattern.text), capacity: pattern.capacity)
        }
        let capacities = ChannelCapacities(default: config.capacity, patterns)
        #expect(capacities.capacity(of: try ChannelName(vector.channel)) == vector.capacity)
    }

    @Test("The vectors are all there, globs and regular expressions among them")
    func vectors() throws {
        let vectors = try CapacityVectors.load()
        #expect(vectors.vectors.count == 12)
        #expect(Set(vectors.config.patterns.map(\.kind)) == ["glob", "regex(match at start)"])
    }

    @Test("The first pattern that covers a channel counts, and without patterns the default of 100")
    func order() throws {
        let channel = try ChannelName("jobs.mail")
        let first = ChannelCapacities([(.glob("jobs.*"), 1), (.glob("jobs.mail"), 2), (.glob("*"), 3)])
        #expect(first.capacity(of: channel) == 1)
        #expect(first.capacity(of: try ChannelName("job")) == 3)
        #expect(ChannelCapacities().capacity(of: channel) == 100)
        #expect(ChannelCapacities(default: 7).capacity(of: channel) == 7)
    }

    /// What an application does with an expression that Channels would match at the start of a name.
    private static func regex(_ text: String) -> ChannelPattern {
        .matching { name in
            do {
                return try Regex(text).prefixMatch(in: name) != nil
            } catch {
                Issue.record("\(text) is no expression: \(error)")
                return false
            }
        }
    }
}
