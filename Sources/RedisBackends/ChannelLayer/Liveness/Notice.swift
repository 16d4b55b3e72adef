import ChannelLayers

/// What one front tells another, apart from messages.
enum Notice: Sendable, Hashable {
    /// The counts of these groups have changed by somebody else's doing; whoever announces them does it again.
    case counts([GroupName])

    /// The most groups in one notice.
    static let groupLimit = 100
    private static let countsMark = "counts"

    /// As it is published: a line with its kind, then a line for each group.
    var payload: [UInt8] {
        switch self {
        case .counts(let groups):
            Array(([Self.countsMark] + groups.map(\.rawValue)).joined(separator: "\n").utf8)
        }
    }

    /// Reads what was published.
    ///
    /// - Throws: `ChannelLayerError` if it is no notice that this version knows.
    init(decoding payload: [UInt8]) throws(ChannelLayerError) {
        guard payload.count <= (GroupName.maximumLength + 1) * (Self.groupLimit + 1) else { throw Self.unknown }
        var lines = String(decoding: payload, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)[...]
        guard lines.popFirst() == Self.countsMark[...], lines.count <= Self.groupLimit else { throw Self.unknown }
        var groups: [GroupName] = []
        for line in lines { groups.append(try GroupName(String(line))) }
        self = .counts(groups)
    }

    private static let unknown = ChannelLayerError(
        code: .invalidMessage,
        message: "not a notice that this version of Muster knows; run the same version in all fronts"
    )
}
