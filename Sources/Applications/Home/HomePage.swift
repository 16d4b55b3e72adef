public import Hummingbird

/// The index: `GET /`, all systems with how many are connected to each.
public struct HomePage: Sendable {
    /// Makes the page.
    public init() {}

    /// Adds the page.
    ///
    /// - Parameter router: The front's HTTP routes.
    public func add(to router: Router<some RequestContext>) {
        Page("home", title: "Systems", main: PackageResources.home_html, script: PackageResources.home_js)
            .add(to: router, at: "/")
    }
}
