import Yams

/// Where settings come from, the strongest first: command line, environment, file.
///
/// Each value is text until it is read.
struct SettingSources {
    /// One value and how an operator knows it.
    struct Value: Equatable {
        let text: String
        let origin: String
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

    /// Adds a weaker layer of a YAML map of `key: value`.
    ///
    /// - Throws: `SettingsError` if it is not such a map, or names a key that does not exist.
    mutating func add(yaml: String, file: String, keys: [String]) throws(SettingsError) {
        let node: Node?
        do {
            node = try Yams.compose(yaml: yaml)
        } catch {
            throw SettingsError("\(file) is not YAML: \(error)")
        }
        guard let node else { return }
        guard let map = node.mapping else { throw SettingsError("\(file): write one 'key: value' per line") }
        var layer: [String: Value] = [:]
        for (key, value) in map {
            guard let name = key.string, keys.contains(name) else {
                let known = keys.sorted().joined(separator: ", ")
                throw SettingsError("\(file): there is no setting '\(key.string ?? "?")'; the settings are \(known)")
            }
            guard let text = value.scalar?.string else { throw SettingsError("\(file): '\(name)' is not one value") }
            // As with a variable, a key without a value is not set.
            guard !text.isEmpty, value.null == nil else { continue }
            layer[name] = Value(text: text, origin: "\(file): \(name)")
        }
        layers.append(layer)
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
}
