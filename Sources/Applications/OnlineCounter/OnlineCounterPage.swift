public import Hummingbird

/// The counter's page: `GET /online/`.
public struct OnlineCounterPage: Sendable {
    /// Makes the page.
    public init() {}

    /// Adds the page.
    ///
    /// - Parameter router: The front's HTTP routes.
    public func add(to router: Router<some RequestContext>) {
        Page("online", title: "Online now", main: PackageResources.online_html, script: PackageResources.online_js)
            .add(to: router, at: "/online/")
    }
}
