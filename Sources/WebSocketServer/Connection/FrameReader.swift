import NIOCore

/// The bytes that a peer has sent, taken out frame by frame.
struct FrameReader {
    private let decoder: FrameDecoder
    /// What is not decoded yet; `nil` while there is nothing, so that an idle connection holds no buffer.
    private var received: ByteBuffer?

    init(_ decoder: FrameDecoder) {
        self.decoder = decoder
    }

    /// Whether all that came is decoded.
    var isEmpty: Bool { received == nil }

    mutating func append(_ bytes: ByteBuffer) {
        guard received != nil else {
            received = bytes
            return
        }
        received?.writeImmutableBuffer(bytes)
    }

    /// Takes the next frame; `nil` until all of it is there.
    mutating func next() throws(FrameError) -> Frame? {
        guard var bytes = received.take() else { return nil }
        let frame = try decoder.next(from: &bytes)
        if bytes.readableBytes > 0 { received = frame == nil ? Self.compact(bytes) : bytes }
        return frame
    }

    /// Forgets what is not decoded.
    mutating func discard() {
        received = nil
    }

    /// The start of a frame is kept until the rest comes: not in a whole receive buffer if it is small.
    private static func compact(_ bytes: ByteBuffer) -> ByteBuffer {
        bytes.readableBytes < bytes.capacity / 4 ? ByteBuffer(bytes: bytes.readableBytesView) : bytes
    }
}
