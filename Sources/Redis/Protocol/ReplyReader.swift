internal import CHiredis
import NIOCore

/// Reads replies out of whatever pieces the network delivers, with hiredis' reader.
///
/// It belongs to one connection: after an error the position in the stream is lost and the reader is of no more use.
struct ReplyReader: ~Copyable {
    /// Sound: this value is the only owner of the three, which are made in `init`, freed in `deinit`, and never copied.
    private let reader: UnsafeMutablePointer<redisReader>
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
    private let budget: UnsafeMutablePointer<ElementBudget>
    private let maxReplyBytes: Int
    /// How many bytes came since the last complete reply: hiredis keeps them, as they are or as parts of the next one.
    private var pendingBytes = 0

    /// - Parameter maxReplyBytes: The longest reply, in bytes as they are on the wire.
    /// - Throws: ``RedisError`` when there is no memory.
    init(maxReplyBytes: Int) throws(RedisError) {
        guard let reader = redisReaderCreate() else {
            throw RedisError(
                .overloaded,
                "out of memory while opening a Redis connection; give the process more memory"
            )
        }
        self.reader = reader
        self.maxReplyBytes = maxReplyBytes
        let defaults = reader.pointee.fn.pointee
        functions = .allocate(capacity: 1)
        functions.initialize(to: ElementBudget.functions(defaults))
        budget = .allocate(capacity: 1)
        budget.initialize(to: ElementBudget(maxReplyBytes: maxReplyBytes, defaults: defaults))
        reader.pointee.fn = functions
        reader.pointee.privdata = UnsafeMutableRawPointer(budget)
    }

    deinit {
        // First: the reader frees what it has begun with its functions.
        redisReaderFree(reader)
        functions.deinitialize(count: 1).deallocate()
        budget.deinitialize(count: 1).deallocate()
    }

    /// Takes the next bytes from the connection; they need not end where a reply ends.
    mutating func feed(_ buffer: ByteBuffer) {
        pendingBytes += buffer.readableBytes
        // A failure is kept inside the reader: the next call of `next()` throws it. Sound: hiredis copies the bytes.
        _ = buffer.withUnsafeReadableBytes { bytes in
            redisReaderFeed(reader, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
    }

    /// The next complete reply, or `nil` until more bytes arrive.
    ///
    /// - Throws: ``RedisError``: `.replyTooLarge` when a reply is longer than allowed, as soon as that shows, and
    ///   `.protocolViolation` when the bytes are not RESP2.
    mutating func next() throws(RedisError) -> RedisReply? {
        var raw: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &raw) == REDIS_OK else {
            throw budget.pointee.isExceeded ? tooLarge : RedisError(.protocolViolation, errorText)
        }
        guard let raw else {
            guard pendingBytes <= maxReplyBytes else { throw tooLarge }
            return nil
        }
        defer { freeReplyObject(raw) }
        budget.pointee.reset()
        let unread = reader.pointee.len - reader.pointee.pos
        let length = pendingBytes - unread
        pendingBytes = unread
        guard length <= maxReplyBytes else { throw tooLarge }
        // Sound: a reader with hiredis' own functions, or those that call them, yields nothing but `redisReply` objects.
        return try Self.convert(raw.assumingMemoryBound(to: redisReply.self).pointee)
    }

    // MARK: Private

    /// Recursion is bounded: hiredis refuses more than nine levels of nesting.
    private static func convert(_ reply: redisReply) throws(RedisError) -> RedisReply {
        switch reply.type {
        case REDIS_REPLY_STRING:
            return .bulk(Array(bytes(of: reply)))
        case REDIS_REPLY_STATUS:
            return .status(String(decoding: bytes(of: reply), as: UTF8.self))
        case REDIS_REPLY_ERROR:
            return .error(String(decoding: bytes(of: reply), as: UTF8.self))
        case REDIS_REPLY_INTEGER:
            return .integer(reply.integer)
        case REDIS_REPLY_NIL:
            return .null
        case REDIS_REPLY_ARRAY:
            var elements: [RedisReply] = []
            elements.reserveCapacity(reply.elements)
            for index in 0..<reply.elements {
                guard let element = reply.element[index] else { continue }
                elements.append(try convert(element.pointee))
            }
            return .array(elements)
        default:
            throw RedisError(.protocolViolation, "hiredis reported a reply of the unknown type \(reply.type)")
        }
    }

    /// Sound only as long as the reply lives: callers copy at once.
    private static func bytes(of reply: redisReply) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: reply.str, count: reply.len)
    }

    private var tooLarge: RedisError {
        RedisError(
            .replyTooLarge,
            "a reply of more than \(maxReplyBytes) bytes; look for what grows there (redis-cli --bigkeys)"
        )
    }

    private var errorText: String {
        withUnsafeBytes(of: reader.pointee.errstr) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
