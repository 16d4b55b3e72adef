/// What the property tests run with: known seeds, and a new one each time.
///
/// A failure names its seed as the test's argument.
let seeds: [UInt64] = [1, 2, 3, 20_251_121, .random(in: .min ... .max)]
