public import Hummingbird

/// The echo's page: `GET /echo/`.
public struct EchoPage: Sendable {
    /// Makes the page.
    public init() {}

    /// Adds the page.
    ///
    /// - Parameter router: The front's HTTP routes.
    public func add(to router: Router<some RequestContext>) {
        Page("echo", title: "Echo", main: PackageResources.echo_html, script: PackageResources.echo_js)
            .add(to: router, at: "/echo/")
    }
}
