import Messages

/// The MessagePack decoder.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMessagePack(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let messagePack = CodecProperties(
        decode: { (bytes, limits) throws(MessageError) in try MessagePack.decode(bytes, limits: limits) },
        encode: { (value) throws(MessageError) in MessagePack.encode(value) }
    )
    messagePack.check(UnsafeBufferPointer(start: start, count: count))
    return 0
}
