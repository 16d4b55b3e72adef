public import Hummingbird

/// The server push's page: `GET /clock/`.
public struct ClockPage: Sendable {
    /// Makes the page.
    public init() {}

    /// Adds the page.
    ///
    /// - Parameter router: The front's HTTP routes.
    public func add(to router: Router<some RequestContext>) {
        Page("clock", title: "The server's clock", main: PackageResources.clock_html, script: PackageResources.clock_js)
            .add(to: router, at: "/clock/")
    }
}
