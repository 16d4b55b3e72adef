import Glibc
import NIOCore

/// Reads one file of a directory.
final class DirectoryMediaFileReader: MediaFileReader {
    let size: Int
    private let descriptor: Int32
    private let path: String
    private let calls: FileCalls

    init(descriptor: Int32, size: Int, path: String, calls: FileCalls) {
        self.descriptor = descriptor
        self.size = size
        self.path = path
        self.calls = calls
    }

    deinit {
        close(descriptor)
    }

    func read(at offset: Int, count: Int) async throws(MediaFileError) -> ByteBuffer {
        try await calls.run { [self] () throws(MediaFileError) in
            var buffer = ByteBuffer()
            var result = 0
            repeat {
                buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { memory in
                    result = pread(descriptor, memory.baseAddress, count, off_t(offset))
                    return max(result, 0)
                }
            } while result < 0 && errno == EINTR
            guard result >= 0 else { throw FileCalls.error("read", path) }
            return buffer
        }
    }
}
