import Foundation

/// What a user calls a file, made safe to show and to save under.
enum MediaName {
    static let maximumLength = 120
    /// What a file is called of whose name nothing is left.
    static let fallback = "file"
    /// The longest ending that is kept when a name is cut, in bytes, with its full stop.
    private static let maximumEnding = 16

    /// The last part of a path, without anything that is not seen or that turns the direction of writing.
    static func sanitized(_ name: String) -> String {
        // Some browsers have sent whole paths, with either kind of slash.
        let last = name.unicodeScalars.split { $0 == "/" || $0 == "\\" }.last ?? []
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: last.filter(isVisible))
        let composed = String(scalars).precomposedStringWithCanonicalMapping
        // A full stop in front hides a file, and `..` is a directory.
        let trimmed = composed.drop { $0.isWhitespace || $0 == "." }
        let text = cut(String(trimmed).trimmingCharacters(in: .whitespaces))
        return text.isEmpty ? fallback : text
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }

    /// Shortens the part before the ending, between characters.
    private static func cut(_ name: String) -> String {
        guard name.utf8.count > maximumLength else { return name }
        var (stem, ending) = (name[...], ""[...])
        if let dot = name.lastIndex(of: "."), name[dot...].utf8.count <= maximumEnding {
            (stem, ending) = (name[..<dot], name[dot...])
        }
        while stem.utf8.count + ending.utf8.count > maximumLength { stem.removeLast() }
        // One character may be longer than a name; an ending alone would be a hidden file.
        if stem.isEmpty { stem = fallback[...] }
        return (stem + ending).trimmingCharacters(in: .whitespaces)
    }
}
