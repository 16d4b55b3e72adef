/// Why a WebSocket connection ends (RFC 6455 section 7.4), and what Muster means by each.
///
/// | code | Muster sends it when | the client should |
/// |---|---|---|
/// | 1000 | the consumer is done | stay away |
/// | 1001 | the peer is going away | reconnect if it wants |
/// | 1002 | the peer broke RFC 6455 | not repeat it |
/// | 1003 | a binary message came where only text can be passed on | send text |
/// | 1007 | a text frame is not UTF-8 | not repeat it |
/// | 1008 | a name or a parameter breaks the rules | not repeat it |
/// | 1009 | a message is over the limit | send less |
/// | 1011 | the consumer failed | reconnect after a while |
/// | 1012 | the front restarts | reconnect soon |
/// | 1013 | the client reads too slowly, the front is overloaded, Redis is away, or no worker took the connection | reconnect later |
/// | 3000 to 4999 | an application says so | ask the application's documents |
public struct CloseCode: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The number on the wire.
    public let rawValue: UInt16

    /// Takes any number; `isSendable` tells whether it may be put into a close frame.
    ///
    /// - Parameter rawValue: The code.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// The purpose of the connection is fulfilled.
    public static let normal = CloseCode(rawValue: 1000)
    /// An endpoint is going away, such as a page that is left.
    public static let goingAway = CloseCode(rawValue: 1001)
    /// The peer broke the protocol.
    public static let protocolError = CloseCode(rawValue: 1002)
    /// The peer sent a kind of data that is not accepted here.
    public static let unsupportedData = CloseCode(rawValue: 1003)
    /// Never sent: the peer's close frame held no code.
    public static let noStatus = CloseCode(rawValue: 1005)
    /// Never sent: the connection was lost without a close frame.
    public static let abnormal = CloseCode(rawValue: 1006)
    /// The peer sent data that does not fit its type, such as text that is not UTF-8.
    public static let invalidPayload = CloseCode(rawValue: 1007)
    /// The peer broke a rule of the application.
    public static let policyViolation = CloseCode(rawValue: 1008)
    /// The peer sent a message over the limit.
    public static let messageTooBig = CloseCode(rawValue: 1009)
    /// The server met a condition it was not made for.
    public static let internalError = CloseCode(rawValue: 1011)
    /// The server restarts; reconnect soon.
    public static let serviceRestart = CloseCode(rawValue: 1012)
    /// The server, or this connection's queue, is full; reconnect later.
    public static let tryAgainLater = CloseCode(rawValue: 1013)

    /// Whether the code may be put into a close frame.
    public var isSendable: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    /// The text that operators see.
    public var description: String { String(rawValue) }
}
