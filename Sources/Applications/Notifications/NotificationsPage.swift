public import Hummingbird

/// The notifications' page: `GET /notifications/`, and `?user=<user>` for the stream of one.
public struct NotificationsPage: Sendable {
    /// Makes the page.
    public init() {}

    /// Adds the page.
    ///
    /// - Parameter router: The front's HTTP routes.
    public func add(to router: Router<some RequestContext>) {
        Page(
            "notifications",
            title: "Notifications",
            main: PackageResources.notifications_html,
            script: PackageResources.notifications_js
        )
        .add(to: router, at: "/notifications/")
    }
}
