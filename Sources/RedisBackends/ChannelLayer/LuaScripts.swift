import Redis

/// The scripts that run on Redis, each from its file in `Lua/`.
enum LuaScripts {
    static let announceCount = script("announce_count", PackageResources.announce_count_lua)
    static let sendToMailbox = script("send_to_mailbox", PackageResources.send_to_mailbox_lua)

    static let takeFromMailbox = script("take_from_mailbox", PackageResources.take_from_mailbox_lua)

    static let renewLease = script("renew_lease", PackageResources.renew_lease_lua)
    static let listLapsed = script("list_lapsed", PackageResources.list_lapsed_lua)
    static let claimFront = script("claim_front", PackageResources.claim_front_lua)
    static let removeMembers = script("remove_members", PackageResources.remove_members_lua)
    static let forgetFront = script("forget_front", PackageResources.forget_front_lua)
    static let personJoined = script("person_joined", PackageResources.person_joined_lua)
    static let personLeft = script("person_left", PackageResources.person_left_lua)
    static let markListing = script("mark_listing", PackageResources.mark_listing_lua)
    static let removeField = script("remove_field", PackageResources.remove_field_lua)
    static let askFront = script("ask_front", PackageResources.ask_front_lua)

    static let recordMessage = script("record_message", PackageResources.record_message_lua)
    static let openHistory = script("open_history", PackageResources.open_history_lua)
    static let readHistory = script("read_history", PackageResources.read_history_lua)

    static let desk = script("desk", PackageResources.desk_lua)
    static let readDesk = script("read_desk", PackageResources.read_desk_lua)

    static let openInbox = inboxScript("open_inbox", PackageResources.open_inbox_lua)
    static let storeDirect = inboxScript("store_direct", PackageResources.store_direct_lua)
    static let readInbox = inboxScript("read_inbox", PackageResources.read_inbox_lua)
    static let acknowledgeDirect = inboxScript("acknowledge_direct", PackageResources.acknowledge_direct_lua)
    static let readDirect = inboxScript("read_direct", PackageResources.read_direct_lua)
    static let acknowledgeMissing = inboxScript("acknowledge_missing", PackageResources.acknowledge_missing_lua)
    static let settleDirect = inboxScript("settle_direct", PackageResources.settle_direct_lua)
    static let noteSeen = script("note_seen", PackageResources.note_seen_lua)
    static let latestSeen = script("latest_seen", PackageResources.latest_seen_lua)

    static let keepMedia = script("keep_media", PackageResources.keep_media_lua)

    /// A script that begins with what all scripts over an inbox share.
    private static func inboxScript(_ name: String, _ source: [UInt8]) -> RedisScript {
        script(name, PackageResources.inbox_parts_lua + source)
    }

    private static func script(_ name: String, _ source: [UInt8]) -> RedisScript {
        RedisScript(name: name, source: String(decoding: source, as: UTF8.self))
    }
}
