extension Double {
    /// The number as Python's `json.dumps` writes it: the fewest digits that read back as the same number.
    ///
    /// Swift finds the same digits and lays them out as Python's `repr` does, but turns to an exponent at 2^53 already,
    /// Python at 10^16.
    var pythonJSON: String {
        if isNaN { return "NaN" }
        if isInfinite { return self < 0 ? "-Infinity" : "Infinity" }
        let text = description
        guard magnitude < 1e16, text.hasSuffix("e+15") else { return text }
        let digits = text.dropLast(4).filter { $0 != "." }
        let width = self < 0 ? 17 : 16
        return digits + String(repeating: "0", count: width - digits.count) + ".0"
    }
}
