import Messages

/// The JSON reader.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let json = CodecProperties(
        decode: { (bytes, limits) throws(MessageError) in try JSON.decode(bytes, limits: limits) },
        encode: { (value) throws(MessageError) in try JSON.encodeUTF8(value) }
    )
    json.check(UnsafeBufferPointer(start: start, count: count))
    return 0
}
