import Applications
import Synchronization

/// Notes what it is asked to keep.
final class NotedMedia: MediaKeeper {
    private let noted = Mutex<[String]>([])

    var texts: [String] { noted.withLock { $0 } }

    func keepMedia(namedIn text: String) async {
        noted.withLock { $0.append(text) }
    }
}
