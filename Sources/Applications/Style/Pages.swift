public import Hummingbird

/// The systems' pages, each with its script.
public struct Pages: Sendable {
    private static let all = [
        Page("home", "Systems", PackageResources.home_html, PackageResources.home_js, at: "/"),
        Page("online", "Online now", PackageResources.online_html, PackageResources.online_js, at: "/online/"),
        // The lobby, and any other room.
        Page("chat", "Chat", PackageResources.chat_html, PackageResources.chat_js, at: "/web/", "/web/{room}/"),
        Page("direct", "Direct messages", PackageResources.direct_html, PackageResources.direct_js, at: "/direct/"),
        Page(
            "support",
            "Customer service",
            PackageResources.support_html,
            PackageResources.support_js,
            at: "/support/"
        ),
        Page(
            "support-staff",
            "Customer service: staff",
            PackageResources.support_staff_html,
            PackageResources.support_staff_js,
            at: "/support/staff/"
        ),
        // With `?user=<user>` the stream of one.
        Page(
            "notifications",
            "Notifications",
            PackageResources.notifications_html,
            PackageResources.notifications_js,
            at: "/notifications/"
        ),
        Page("clock", "The server's clock", PackageResources.clock_html, PackageResources.clock_js, at: "/clock/"),
        Page("echo", "Echo", PackageResources.echo_html, PackageResources.echo_js, at: "/echo/"),
    ]

    /// Makes the pages.
    public init() {}

    /// Adds the pages.
    ///
    /// - Parameter router: The front's HTTP routes.
    public func add(to router: Router<some RequestContext>) {
        for page in Self.all { page.add(to: router) }
    }
}
