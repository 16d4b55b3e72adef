public import Hummingbird

/// The browser's side: `GET /muster.js`, a script, and `GET /muster.mjs`, the same as a module.
public struct ClientScript: Sendable {
    /// The WebSocket subprotocol that the script offers.
    ///
    /// A path that does not have it is for pages that set `subprotocol: null`.
    public static let subprotocol = StructuredFrame.subprotocol

    /// What makes a module of the script.
    private static let exports = """
        export const MusterSocket = globalThis.MusterSocket;
        export default MusterSocket;

        """

    /// Makes the scripts.
    public init() {}

    /// Adds both files.
    ///
    /// - Parameter router: The front's HTTP routes.
    public func add(to router: Router<some RequestContext>) {
        let script = PackageResources.muster_js
        let type = "text/javascript; charset=utf-8"
        EmbeddedFile(script, type: type).add(to: router, at: "/muster.js")
        EmbeddedFile(script + Array(Self.exports.utf8), type: type).add(to: router, at: "/muster.mjs")
    }
}
