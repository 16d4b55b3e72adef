/// How a Muster member's score differs from a Django member's.
enum MemberScore {
    /// Added to the joining time in Unix seconds.
    ///
    /// `channels_redis` prunes members by score, as if a day-old member were dead; this puts live ones out of its reach
    /// and tells both kinds apart by range.
    static let offset: Double = 10_000_000_000
    /// Django's members have lower scores than this, Muster's have higher ones.
    static let boundary = 5_000_000_000
}
