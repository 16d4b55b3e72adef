import Applications
import ChannelLayers
import Logging
import RedisBackends

/// What the systems keep besides groups and messages: in Redis, or in this process if it is alone.
struct Stores: Sendable {
    /// Direct messages that wait for their receivers.
    let inboxes: any InboxStore
    /// When users were last here.
    let lastSeen: any LastSeenStore
    /// Who waits and who talks in customer service.
    let desk: any SupportDesk
    /// Uploaded files; `nil` where they are not taken.
    let uploads: MediaStore?
    /// Keeps the files that are named in what users say.
    let media: any MediaKeeper

    /// Stores on the same server as the layer, over its connections.
    ///
    /// - Parameters:
    ///   - layer: The front's layer.
    ///   - settings: How much is kept.
    ///   - logger: Told of what could not be kept.
    /// - Throws: `CommandFailure` if the media directory cannot be used.
    init(beside layer: any ChannelLayer, _ settings: ServeSettings, logger: Logger) throws(CommandFailure) {
        uploads = try Self.uploads(beside: layer, settings.media)
        let outlived = settings.media.outlived(inbox: settings.inbox, histories: settings.histories)
        if !outlived.isEmpty {
            logger.warning(
                "some messages are kept for longer than the files that they name: raise --media-lifetime",
                metadata: [
                    "media_lifetime": "\(settings.media.lifetime)",
                    "kept_for_seconds": "\(outlived.joined(separator: ", "))",
                ]
            )
        }
        media = uploads.map { KeptMedia(store: $0, logger: logger) } ?? NoMedia()
        if let layer = layer as? RedisChannelLayer {
            inboxes = RedisInboxes(sharing: layer, limits: settings.inboxLimits)
            lastSeen = RedisLastSeen(sharing: layer)
            desk = RedisDesk(sharing: layer)
        } else {
            inboxes = InMemoryInboxes(limits: settings.inboxLimits)
            lastSeen = InMemoryLastSeen()
            desk = InMemoryDesk()
        }
    }

    private static func uploads(
        beside layer: any ChannelLayer,
        _ media: MediaSetting
    ) throws(CommandFailure) -> MediaStore? {
        guard let directory = media.directory else { return nil }
        let records: any MediaRecordStore =
            (layer as? RedisChannelLayer).map { RedisMediaRecords(sharing: $0) } ?? InMemoryMediaRecords()
        do {
            return MediaStore(
                files: try DirectoryMediaFiles(directory: directory),
                records: records,
                rules: media.rules
            )
        } catch {
            throw CommandFailure("--media-directory: \(error.message)")
        }
    }
}
