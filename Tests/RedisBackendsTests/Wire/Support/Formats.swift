import ChannelLayers
import Messages

@testable import RedisBackends

/// The four ways in which a message may travel.
let formats: [WireFormat] = [
    WireFormat(),
    WireFormat(serializer: .json),
    WireFormat(encryptionKeys: ["one secret", "another"]),
    WireFormat(serializer: .json, encryptionKeys: ["one secret"]),
]

/// The readers for arrays: a span of a value that is just being made trips the compiler (Swift 6.3).
extension WireFormat {
    func decode(_ payload: [UInt8], maximumAge: Duration? = nil) throws(WireError) -> Message {
        try decode(payload.span, maximumAge: maximumAge)
    }

    func decodeRelay(_ payload: [UInt8]) throws(WireError) -> (message: Message, excluded: ChannelName?) {
        try decodeRelay(payload.span)
    }
}

extension MailboxEntry {
    init(decoding entry: [UInt8], format: WireFormat, maximumAge: Duration? = nil) throws(WireError) {
        try self.init(decoding: entry.span, format: format, maximumAge: maximumAge)
    }
}

extension FernetToken {
    init?(base64 text: [UInt8]) {
        self.init(base64: text.span)
    }
}

extension URLSafeBase64 {
    static func decode(_ text: [UInt8]) -> [UInt8]? {
        decode(text.span)
    }
}
