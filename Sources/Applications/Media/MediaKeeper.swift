/// Keeps the files that users have uploaded and then name in what they say to each other.
///
/// A file that nobody names is deleted after a while.
public protocol MediaKeeper: Sendable {
    /// Keeps the file that a text names, if it is the JSON of a media record or contains one's address.
    ///
    /// A failure costs nobody the message: it is counted and logged.
    ///
    /// - Parameter text: What a user said.
    func keepMedia(namedIn text: String) async
}

/// Keeps nothing, where files cannot be uploaded.
public struct NoMedia: MediaKeeper {
    /// Makes the value.
    public init() {}

    /// Does nothing.
    public func keepMedia(namedIn text: String) async {}
}
