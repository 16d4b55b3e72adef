import ChannelLayers
import RedisBackends

/// The fronts, as `muster fronts` prints them.
struct FrontsReport: Encodable, Equatable {
    /// A front, as one host knows it.
    struct Row: Encodable, Equatable {
        let front: String
        /// The host, counted from 1.
        let host: Int
        let address: String
        let connections: Int
        let version: String
        /// How long it has been running, in seconds.
        let upFor: Double?
        /// In how many seconds its lease lapses; below zero if it has lapsed.
        let leaseLeft: Double?
        /// In words: live, lapsed, being cleared up after, and so on.
        let state: String
    }

    let rows: [Row]
    let hosts: Int

    init(_ register: FrontRegister) {
        hosts = register.clocks.count
        rows = register.records.map { record in
            let now = register.clocks[record.host]
            return Row(
                front: record.name.rawValue,
                host: record.host + 1,
                address: record.details.address,
                connections: record.details.connections,
                version: record.details.version,
                upFor: record.since.map { now - $0 },
                leaseLeft: (record.until ?? record.listedUntil).map { $0 - now },
                state: Self.words(register.standing(record), isAsked: record.isAsked)
            )
        }
        .sorted { ($0.front, $0.host) < ($1.front, $1.host) }
    }

    /// What a terminal shows.
    var text: String {
        guard !rows.isEmpty else { return "no fronts" }
        var table = TextTable([
            ("FRONT", .left), ("HOST", .right), ("ADDRESS", .left), ("CONNECTIONS", .right), ("VERSION", .left),
            ("UP", .right), ("LEASE", .right), ("STATE", .left),
        ])
        for row in rows {
            table.add(
                row.front,
                String(row.host),
                row.address.isEmpty ? "-" : row.address,
                String(row.connections),
                row.version.isEmpty ? "-" : row.version,
                row.upFor.map(Self.span) ?? "-",
                row.leaseLeft.map { ($0 < 0 ? "-" : "") + Self.span(abs($0)) } ?? "-",
                row.state
            )
        }
        return table.lines.joined(separator: "\n")
    }

    private static func words(_ standing: FrontStanding, isAsked: Bool) -> String {
        switch standing {
        case .live: isAsked ? "live, asked to write its members again" : "live"
        case .lapsed: "lapsed"
        case .beingClearedUp(let reaper): "lapsed, being cleared up by \(reaper)"
        case .clearedUp: "cleared up"
        case .withoutLease: "no lease"
        }
    }

    /// Seconds in words, to what matters: `4.2 s`, `12 min`, `3 h 5 min`, `2 d 4 h`.
    static func span(_ seconds: Double) -> String {
        let tenths = Int((max(0, min(seconds, 1e12)) * 10).rounded())
        let whole = tenths / 10
        switch whole {
        case ..<60: return "\(whole).\(tenths % 10) s"
        case ..<3600: return "\(whole / 60) min"
        case ..<86_400: return "\(whole / 3600) h \(whole / 60 % 60) min"
        default: return "\(whole / 86_400) d \(whole / 3600 % 24) h"
        }
    }
}
