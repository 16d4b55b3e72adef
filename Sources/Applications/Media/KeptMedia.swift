import ChannelLayers
import CoreMetrics
public import Logging

/// Keeps files for as long as the rules of a store have it, from the moment on when somebody names them.
public struct KeptMedia: MediaKeeper {
    /// How many files of one text are kept: more are not looked up.
    static let maximumFiles = 4

    private let store: MediaStore
    private let logger: Logger

    /// Makes a keeper.
    ///
    /// - Parameters:
    ///   - store: Where the files are.
    ///   - logger: Told of files that could not be kept.
    public init(store: MediaStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Keeps the files whose addresses a text has.
    public func keepMedia(namedIn text: String) async {
        for id in Self.files(namedIn: text) {
            do {
                // The time of the file itself matters only if the record is lost.
                if try await store.records.extend(id, to: store.rules.lifetime) { try await store.files.touch(id) }
            } catch {
                MediaMetrics.keepFailures.increment()
                guard let held = MediaMetrics.keepLog.admit() else { continue }
                logger.warning(
                    "a file that was named in a message could not be kept for longer",
                    metadata: ["file": "\(id)", "error": "\(error)", "held_back": "\(held)"]
                )
            }
        }
    }

    /// The ids in a text, each once, in their order.
    static func files(namedIn text: String) -> [MediaID] {
        var (ids, rest) = ([MediaID](), text.utf8[...])
        let prefix = MediaID.pathPrefix.utf8
        while ids.count < maximumFiles, let slash = rest.firstIndex(of: UInt8(ascii: "/")) {
            rest = rest[slash...]
            guard rest.starts(with: prefix) else {
                rest = rest.dropFirst()
                continue
            }
            rest = rest.dropFirst(prefix.count)
            let digits = rest.prefix(while: \.isHexadecimalDigit)
            guard let id = MediaID(Substring(digits)) else { continue }
            if !ids.contains(id) { ids.append(id) }
        }
        return ids
    }
}
