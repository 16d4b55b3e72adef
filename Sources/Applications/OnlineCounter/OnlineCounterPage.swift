public import Hummingbird

/// The counter's page: `GET /online/`.
public struct OnlineCounterPage: Sendable {
    /// Makes the page.
    public init() {}

    /// Adds the page and the files it loads.
    ///
    /// - Parameter router: The front's HTTP routes.
    public func add(to router: Router<some RequestContext>) {
        EmbeddedFile(PackageResources.online_html, type: "text/html; charset=utf-8").add(to: router, at: "/online/")
        EmbeddedFile(PackageResources.online_css, type: "text/css; charset=utf-8")
            .add(to: router, at: "/online/online.css")
        EmbeddedFile(PackageResources.online_js, type: "text/javascript; charset=utf-8")
            .add(to: router, at: "/online/online.js")
    }
}
