public import Hummingbird

/// What all pages load, `/assets/…`, and the page for addresses that there are not.
public struct SharedFiles: Sendable {
    /// Makes the files.
    public init() {}

    /// Adds the files.
    ///
    /// - Parameter router: The front's HTTP routes.
    public func add(to router: Router<some RequestContext>) {
        EmbeddedFile(PackageResources.base_css + PackageResources.systems_css, type: "text/css; charset=utf-8")
            .add(to: router, at: "/assets/muster.css")
        EmbeddedFile(PackageResources.pages_js, type: "text/javascript; charset=utf-8")
            .add(to: router, at: "/assets/pages.js")
        EmbeddedFile(PackageResources.icon_svg, type: "image/svg+xml").add(to: router, at: "/assets/icon.svg")
        Page(
            "not-found",
            title: "Not found",
            main: PackageResources.not_found_html,
            script: PackageResources.not_found_js
        )
        .addAsNotFound(to: router)
    }
}
