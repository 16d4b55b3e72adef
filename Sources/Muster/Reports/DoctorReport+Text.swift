extension DoctorReport {
    /// What a terminal shows.
    ///
    /// - Parameter advice: What to do next, where something is wrong.
    /// - Returns: Lines.
    func text(advice: String?) -> String {
        var lines: [String] = []
        if !findings.isEmpty { lines += groupLines + [""] }
        if !leftovers.isEmpty { lines += leftoverLines + [""] }
        if !mistypedKeys.isEmpty { lines += mistypedLines + [""] }
        if !undecided.isEmpty {
            lines.append(
                "Cannot tell whether \(Self.plural(undecided.count, "Django process", "es")) still read: their mailbox is empty."
            )
        }
        lines.append(summary)
        if !ok, let advice { lines.append(advice) }
        return lines.joined(separator: "\n")
    }

    private var summary: String {
        let looked =
            "\(Self.plural(groups, "group")) with \(Self.plural(members, "member")), "
            + "\(Self.plural(liveFronts.count, "live front"))"
        if ok { return "All is well: \(looked)." }
        let faults = [
            Self.fault(findings.reduce(0) { $0 + $1.dead.values.reduce(0, +) }, "member", "of dead fronts"),
            Self.fault(findings.reduce(0) { $0 + $1.surplus }, "member", "too many"),
            Self.fault(findings.reduce(0) { $0 + $1.missing }, "member", "missing"),
            Self.fault(findings.reduce(0) { $0 + $1.unread.values.reduce(0, +) }, "Django member", "unread"),
            Self.fault(
                findings.reduce(0) { $0 + $1.peopleOfDeadFronts.values.reduce(0, +) },
                "person",
                "on dead fronts"
            ),
            Self.fault(leftovers.count, "key", "left behind"),
            Self.fault(mistypedKeys.count, "key", "of the wrong type"),
        ]
        return "Not well: \(faults.compactMap { $0 }.joined(separator: ", ")); looked at \(looked)."
    }

    private var groupLines: [String] {
        var table = TextTable([
            ("GROUP", .left), ("COUNT", .right), ("LIVE", .right), ("DEAD", .right), ("DJANGO", .right),
            ("OTHER", .right), ("WHAT IS WRONG", .left),
        ])
        for group in findings {
            table.add(
                group.group,
                String(group.count),
                String(group.live),
                String(group.dead.values.reduce(0, +)),
                String(group.django),
                String(group.others),
                group.faults.joined(separator: "; ")
            )
        }
        return table.lines
    }

    private var leftoverLines: [String] {
        var table = TextTable([("DEAD FRONT", .left), ("HOST", .right), ("LEFT BEHIND", .left)])
        for rest in leftovers { table.add(rest.front, String(rest.host), rest.what) }
        return table.lines
    }

    private var mistypedLines: [String] {
        var table = TextTable([("KEY", .left), ("HOST", .right), ("WHAT IS WRONG", .left)])
        for key in mistypedKeys {
            table.add(
                key.key,
                String(key.host),
                "\(Self.words(type: key.found)), not \(Self.words(type: key.expected))"
            )
        }
        return table.lines
    }

    /// A type of Redis' in words.
    private static func words(type: String) -> String {
        switch type {
        case "zset": "a sorted set"
        default: "a \(type)"
        }
    }

    private static func fault(_ count: Int, _ noun: String, _ what: String) -> String? {
        guard count > 0 else { return nil }
        let nouns = noun == "person" && count != 1 ? "\(grouped(count)) people" : plural(count, noun)
        return "\(nouns) \(what)"
    }

    /// A number and its noun: `1 group`, `4,003 members`.
    static func plural(_ count: Int, _ noun: String, _ ending: String = "s") -> String {
        "\(grouped(count)) \(noun)\(count == 1 ? "" : ending)"
    }

    /// A number with commas between thousands.
    private static func grouped(_ number: Int) -> String {
        var digits = String(number)
        var end = digits.count - 3
        while end > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: end))
            end -= 3
        }
        return digits
    }
}

extension DoctorReport.Group {
    fileprivate var surplus: Int { drift.values.reduce(0) { $0 + max(0, $1) } }
    fileprivate var missing: Int { drift.values.reduce(0) { $0 + max(0, -$1) } }

    /// What is wrong, in words; names of fronts are cut to what tells them apart.
    fileprivate var faults: [String] {
        dead.sorted { $0.key < $1.key }.map { "\($0.value) of dead front \(Self.short($0.key))" }
            + drift.sorted { $0.key < $1.key }.map {
                "\(abs($0.value)) \($0.value > 0 ? "too many" : "missing") of front \(Self.short($0.key))"
            }
            + unread.sorted { $0.key < $1.key }.map { "\($0.value) of Django's \($0.key), unread" }
            + peopleOfDeadFronts.sorted { $0.key < $1.key }.map {
                "\($0.value == 1 ? "1 person" : "\($0.value) people") on dead front \(Self.short($0.key))"
            }
    }

    private static func short(_ front: String) -> String {
        front.count > 12 ? "\(front.prefix(8))…" : front
    }
}
