/// Which of several Redis servers a name belongs to: `channels_redis`' consistent hash.
package struct HostRing: Sendable, Hashable {
    /// How many servers there are.
    package let count: Int

    /// Makes a ring of at least one server.
    package init(count: Int) {
        precondition(count >= 1, "a ring needs at least one server")
        self.count = count
    }

    /// The index of a name's server in the order of configuration.
    package func index(of name: some StringProtocol) -> Int {
        count == 1 ? 0 : index(ofPoint: Self.point(of: name))
    }

    /// The index for a point of the ring.
    ///
    /// In doubles, as in Python: whole numbers round otherwise for some counts.
    func index(ofPoint point: Int) -> Int {
        Int((Double(point) / (Double(Self.points) / Double(count))).rounded(.down))
    }

    /// Where a name lies on the ring.
    static func point(of name: some StringProtocol) -> Int {
        Int(CRC32.checksum(of: name.utf8)) & (points - 1)
    }

    private static let points = 4096
}
