package import ChannelLayers

/// The fronts that the hosts know, as of one look at them.
package struct FrontRegister: Sendable, Hashable {
    /// Each host's clock at the time of the look, in Unix seconds.
    package private(set) var clocks: [Double] = []
    package private(set) var records: [FrontRecord] = []

    package init() {}

    /// Adds what the next host knows.
    package mutating func add(_ found: [FrontRecord], at clock: Double) {
        clocks.append(clock)
        records += found
    }

    /// How a front stands on the host of this record.
    package func standing(_ record: FrontRecord) -> FrontStanding {
        record.standing(at: clocks[record.host])
    }

    /// The fronts with a good lease on any host: nothing of theirs may be taken away.
    package var live: Set<FrontName> {
        Set(records.lazy.filter { standing($0).isLive }.map(\.name))
    }

    /// The fronts that Redis has traces of but whose leases are good nowhere.
    package var dead: Set<FrontName> {
        Set(records.lazy.filter { standing($0) != .clearedUp }.map(\.name)).subtracting(live)
    }

    /// Whether a front's lease is good on this host.
    package func isLive(_ front: FrontName, on host: Int) -> Bool {
        records.contains { $0.name == front && $0.host == host && standing($0).isLive }
    }
}
