/// A shell pattern with exactly the meaning that Python's `fnmatch.fnmatchcase` gives it.
///
/// The C library's `fnmatch` is close but not the same: to it `[^x]` is a negation and `[[:digit:]]` a class. Here only
/// `*`, `?`, `[abc]`, `[a-z]` and `[!abc]` mean something, nothing quotes them, and a `[` that is not closed is itself.
///
/// One case is not followed: Python turns `[c-a!x]`, an empty range before a `!`, into the negation of `x`.
package struct Glob: Sendable {
    private enum Element: Sendable {
        case anyText
        case anyCharacter
        case character(Unicode.Scalar)
        case set([ClosedRange<Unicode.Scalar>], isNegated: Bool)

        func covers(_ scalar: Unicode.Scalar) -> Bool {
            switch self {
            case .anyText, .anyCharacter: true
            case .character(let expected): scalar == expected
            case .set(let ranges, let isNegated): ranges.contains { $0.contains(scalar) } != isNegated
            }
        }

        var isAnyText: Bool {
            if case .anyText = self { true } else { false }
        }
    }

    private let elements: [Element]

    package init(_ pattern: String) {
        var (elements, rest) = ([Element](), Array(pattern.unicodeScalars)[...])
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*": elements.append(.anyText)
            case "?": elements.append(.anyCharacter)
            case "[": elements.append(Self.takeSet(from: &rest) ?? .character("["))
            default: elements.append(.character(scalar))
            }
        }
        self.elements = elements
    }

    /// Takes what follows a `[`, up to its `]`; takes nothing if there is none.
    private static func takeSet(from rest: inout ArraySlice<Unicode.Scalar>) -> Element? {
        var content = rest
        let isNegated = content.first == "!"
        if isNegated { content.removeFirst() }
        // A bracket in the first place is a member.
        guard let end = content.dropFirst().firstIndex(of: "]") else { return nil }
        rest = rest[(end + 1)...]
        content = content[..<end]
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while let low = content.popFirst() {
            guard content.count >= 2, content.first == "-" else {
                ranges.append(low...low)
                continue
            }
            content.removeFirst()
            let high = content.removeFirst()
            if low <= high { ranges.append(low...high) }
        }
        return .set(ranges, isNegated: isNegated)
    }

    /// Whether the whole text fits.
    package func matches(_ text: String) -> Bool {
        let scalars = text.unicodeScalars
        var (index, element) = (scalars.startIndex, 0)
        // Where to go on if what follows the last `*` does not fit: that `*` then takes one character more. The ones
        // before it need not be tried again.
        var retry: (index: String.Index, element: Int)?
        while index < scalars.endIndex {
            if element < elements.count, elements[element].isAnyText {
                element += 1
                retry = (index, element)
            } else if element < elements.count, elements[element].covers(scalars[index]) {
                element += 1
                index = scalars.index(after: index)
            } else if let (start, next) = retry {
                index = scalars.index(after: start)
                element = next
                retry = (index, next)
            } else {
                return false
            }
        }
        return elements[element...].allSatisfy(\.isAnyText)
    }
}
