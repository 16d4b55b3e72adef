import Foundation
import Yams

/// Where settings come from, the strongest first: command line, environment, file.
///
/// Each value is text until it is read.
struct SettingSources {
    /// One value and how an operator knows it.
    struct Value: Equatable {
        let text: String
        let origin: String
        /// What a key that takes several values is set to.
        let items: [String]

        /// A value from a place that knows only text; several are separated by commas.
        init(text: String, origin: String) {
            self.text = text
            self.origin = origin
            items = text.split(separator: ",", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
        }

        /// A list of values; a comma in one of them is part of it.
        init(items: [String], origin: String) {
            text = items.joined(separator: ",")
            self.origin = origin
            self.items = items
        }
    }

    /// What a key may hold in a file besides one value.
    enum Shape {
        case one
        /// A list of values.
        case list
        /// A list of `a=b`, or a map of `a: b`.
        case pairs
    }

    private var layers: [[String: Value]] = []

    /// Adds a weaker layer of command line options.
    mutating func add(options: [String: String?]) {
        layers.append(
            options.reduce(into: [:]) { layer, option in
                if let text = option.value { layer[option.key] = Value(text: text, origin: "--\(option.key)") }
            }
        )
    }

    /// Adds a weaker layer of environment variables: `log-level` is `MUSTER_LOG_LEVEL`.
    mutating func add(environment: [String: String], keys: [String]) {
        var layer: [String: Value] = [:]
        for key in keys {
            let name = "MUSTER_" + key.uppercased().replacing("-", with: "_")
            if let text = environment[name], !text.isEmpty { layer[key] = Value(text: text, origin: name) }
        }
        layers.append(layer)
    }

    /// Adds a weaker layer of a YAML map of `key: value`; `shapes` names the keys that may hold more than one value.
    ///
    /// - Throws: `SettingsError` if it is not such a map, or names a key that does not exist.
    mutating func add(
        yaml: String,
        file: String,
        keys: [String],
        shapes: [String: Shape] = [:]
    ) throws(SettingsError) {
        let node: Node?
        do {
            node = try Yams.compose(yaml: yaml)
        } catch {
            throw SettingsError("\(file) is not YAML: \(Self.place(of: error))")
        }
        guard let node else { return }
        guard let map = node.mapping else { throw SettingsError("\(file): write one 'key: value' per line") }
        var layer: [String: Value] = [:]
        for (key, value) in map {
            guard let name = key.string, keys.contains(name) else {
                let known = keys.sorted().joined(separator: ", ")
                throw SettingsError("\(file): there is no setting '\(key.string ?? "?")'; the settings are \(known)")
            }
            layer[name] = try Self.value(value, shape: shapes[name] ?? .one, name: name, file: file)
        }
        layers.append(layer)
    }

    /// Where a file breaks YAML's rules, and how; never the line itself, in which a key or a password may stand.
    private static func place(of error: any Error) -> String {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _)?, .parser(_, let problem, let mark, _)?,
            .composer(_, let problem, let mark, _)?:
            "line \(mark.line), column \(mark.column): \(problem)"
        default:
            "it cannot be read; look for characters that are not UTF-8, and for keys that stand in it twice"
        }
    }

    /// What a key of a file is set to; `nil`, as with a variable, for a key without a value.
    private static func value(
        _ node: Node,
        shape: Shape,
        name: String,
        file: String
    ) throws(SettingsError) -> Value? {
        let origin = "\(file): \(name)"
        if let text = node.scalar?.string {
            return text.isEmpty || node.null != nil ? nil : Value(text: text, origin: origin)
        }
        let items: [String?]
        switch (shape, node) {
        case (.list, .sequence(let sequence)), (.pairs, .sequence(let sequence)):
            items = sequence.map { $0.scalar?.string }
        case (.pairs, .mapping(let mapping)):
            items = mapping.map { key, value in
                guard let left = key.scalar?.string, let right = value.scalar?.string else { return nil }
                return "\(left)=\(right)"
            }
        default:
            items = [nil]
        }
        let texts = items.compactMap(\.self)
        guard texts.count == items.count else {
            switch shape {
            case .one: throw SettingsError("\(file): '\(name)' is not one value")
            case .list: throw SettingsError("\(file): '\(name)' is neither one value nor a list of values")
            case .pairs: throw SettingsError("\(file): '\(name)' is neither a map nor a list of values")
            }
        }
        return texts.isEmpty ? nil : Value(items: texts, origin: origin)
    }

    /// The strongest value of a key.
    subscript(key: String) -> Value? {
        for layer in layers {
            if let value = layer[key] { return value }
        }
        return nil
    }

    /// The strongest value of a key as a whole number within a range.
    func integer(_ key: String, in range: ClosedRange<Int>, default fallback: Int) throws(SettingsError) -> Int {
        guard let value = self[key] else { return fallback }
        guard let number = Int(value.text), range.contains(number) else {
            throw SettingsError(
                "\(value.origin): '\(value.text)' is not a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }

    /// The strongest value of a key as a time in seconds, fractions allowed, within a range.
    func seconds(
        _ key: String,
        in range: ClosedRange<Double>,
        default fallback: Duration
    ) throws(SettingsError) -> Duration {
        guard let value = self[key] else { return fallback }
        guard let number = Double(value.text), range.contains(number) else {
            let bounds = "\(range.lowerBound.formatted()) to \(range.upperBound.formatted())"
            throw SettingsError("\(value.origin): '\(value.text)' is not a number of seconds from \(bounds)")
        }
        return .milliseconds(Int((number * 1000).rounded()))
    }

    /// The strongest value of a key as a list, none of which is empty; an empty one if there is no value.
    func list(_ key: String) throws(SettingsError) -> [String] {
        guard let value = self[key] else { return [] }
        guard value.items.allSatisfy({ !$0.isEmpty }) else {
            throw SettingsError("\(value.origin): one of the values is empty; is there a comma too many?")
        }
        return value.items
    }

    /// The strongest value of a key as a list of `left=right`, split at the last `=`.
    func pairs(_ key: String, like example: String) throws(SettingsError) -> [(left: String, right: String)] {
        let origin = self[key]?.origin ?? key
        var pairs: [(left: String, right: String)] = []
        for item in try list(key) {
            guard let mark = item.lastIndex(of: "="), mark != item.startIndex, item.index(after: mark) != item.endIndex
            else { throw SettingsError("\(origin): '\(item)' is not of the form \(example)") }
            pairs.append((String(item[..<mark]), String(item[item.index(after: mark)...])))
        }
        return pairs
    }

    /// The strongest value of a key as one of a few words, in any case.
    func choice(_ key: String, of words: [String], default fallback: String) throws(SettingsError) -> String {
        guard let value = self[key] else { return fallback }
        let word = value.text.lowercased()
        guard words.contains(word) else {
            throw SettingsError("\(value.origin): '\(value.text)' is not one of \(words.joined(separator: ", "))")
        }
        return word
    }
}
