public import ChannelLayers
public import Logging

/// What the connections of one front at the desk of customer service share.
///
/// While there are any, the front renews their leases every two seconds and clears up after those who are gone, on
/// whatever front they were. Whoever changes the desk has all fronts told what it has become, by a message
/// `support.changed` to the group `support`; the rounds also find out what a front has missed.
public struct SupportFront: Sendable {
    /// The group of all connections at the desk.
    public static let group: GroupName = "support"

    let watch: DeskWatch
    let media: any MediaKeeper
    let ticker: Ticker

    /// Makes what one front shares; nothing runs before somebody comes.
    ///
    /// - Parameters:
    ///   - desk: The desk, which all fronts share.
    ///   - media: Keeps the files that are named in conversations.
    ///   - logger: Says what is wrong with the desk.
    public init(desk: any SupportDesk, media: any MediaKeeper, logger: Logger) {
        let watch = DeskWatch(desk: desk, logger: logger)
        self.watch = watch
        self.media = media
        ticker = Ticker("support") { layer, second in
            if second.isMultiple(of: 2) { await watch.round(on: layer) }
        }
    }

    var desk: any SupportDesk { watch.desk }
}
