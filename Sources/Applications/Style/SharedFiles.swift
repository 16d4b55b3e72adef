public import Hummingbird

/// What all pages load, `/assets/…`, and the page for addresses that there are not.
public struct SharedFiles: Sendable {
    /// Makes the files.
    public init() {}

    /// Adds the files.
    ///
    /// - Parameter router: The front's HTTP routes.
    public func add(to router: Router<some RequestContext>) {
        let style = [
            PackageResources.base_css, PackageResources.systems_css, PackageResources.media_css,
            PackageResources.direct_css, PackageResources.support_css,
        ]
        EmbeddedFile(Array(style.joined()), type: "text/css; charset=utf-8").add(to: router, at: "/assets/muster.css")
        for (name, script) in [
            ("pages", PackageResources.pages_js),
            ("media", PackageResources.media_js),
            ("direct-conversations", PackageResources.direct_conversations_js),
            ("direct-people", PackageResources.direct_people_js),
            ("support-talk", PackageResources.support_talk_js),
            ("support-talks", PackageResources.support_talks_js),
        ] {
            EmbeddedFile(script, type: "text/javascript; charset=utf-8")
                .add(to: router, at: RouterPath("/assets/\(name).js"))
        }
        EmbeddedFile(PackageResources.icon_svg, type: "image/svg+xml").add(to: router, at: "/assets/icon.svg")
        Page("not-found", "Not found", PackageResources.not_found_html, PackageResources.not_found_js)
            .addAsNotFound(to: router)
    }
}
