package import ChannelLayers

/// What a doctor has done about what a check-up found.
package struct Treatment: Sendable, Hashable {
    /// Dead fronts that were cleared up after.
    package var clearedUp: Set<FrontName> = []
    /// Dead fronts that somebody else was clearing up after, or that came back.
    package var left: Set<FrontName> = []
    /// Dead fronts that Redis refused to have cleared up after, and what it said.
    package var refused: [FrontName: String] = [:]
    /// Live fronts that were asked to write everything of their own again.
    package var asked: Set<FrontName> = []
    /// How many members of Django processes were removed.
    package var djangoMembers = 0

    package init() {}
}
