public import Hummingbird

/// The chat's page: `GET /web/` is the lobby, `GET /web/<room>/` any other room.
public struct ChatPage: Sendable {
    /// Makes the page.
    public init() {}

    /// Adds the page.
    ///
    /// - Parameter router: The front's HTTP routes.
    public func add(to router: Router<some RequestContext>) {
        Page("chat", title: "Chat", main: PackageResources.chat_html, script: PackageResources.chat_js)
            .add(to: router, at: "/web/", "/web/{room}/")
    }
}
