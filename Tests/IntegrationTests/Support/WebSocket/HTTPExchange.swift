import NIOCore
import NIOHTTP1
import NIOPosix

/// One HTTP/1.1 request and its response, each on a connection of its own.
enum HTTPExchange {
    /// A response with its body read to the end.
    struct Response: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: String
    }

    /// Sends a request and awaits the whole response.
    ///
    /// - Parameters:
    ///   - url: An `http://` address.
    ///   - method: The request's method.
    ///   - headers: Headers beside `Host`, `Connection` and `Content-Length`.
    ///   - body: The request's body, sent when not nil.
    ///   - timeout: How long connecting, and after it the exchange, may take.
    /// - Returns: The response, whatever its status.
    /// - Throws: An error when the connection fails or the time is over.
    static func send(
        _ url: String,
        method: HTTPMethod = .GET,
        headers: HTTPHeaders = [:],
        body: String? = nil,
        timeout: TimeAmount = .seconds(20)
    ) async throws -> Response {
        let endpoint = try Endpoint(url)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: NIOHTTPClientResponseFull.self)
        let channel: any Channel
        do {
            channel = try await connect(to: endpoint, on: loop, answering: promise, timeout: timeout)
        } catch {
            promise.fail(error)
            throw error
        }
        let deadline = loop.scheduleTask(in: timeout) {
            promise.fail(ChannelError.connectTimeout(timeout))
            channel.close(promise: nil)
        }
        defer { deadline.cancel() }
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: endpoint.target)
        head.headers = HTTPHeaders([("Host", endpoint.authority), ("Connection", "close")])
        head.headers.add(contentsOf: headers)
        if let body { head.headers.replaceOrAdd(name: "Content-Length", value: String(body.utf8.count)) }
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        if let body { channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(string: body))), promise: nil) }
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        let response = try await promise.futureResult.get()
        return Response(
            status: Int(response.head.status.code),
            headers: response.head.headers,
            body: response.body.map { String(buffer: $0) } ?? ""
        )
    }

    private static func connect(
        to endpoint: Endpoint,
        on loop: any EventLoop,
        answering promise: EventLoopPromise<NIOHTTPClientResponseFull>,
        timeout: TimeAmount
    ) async throws -> any Channel {
        try await ClientBootstrap(group: loop)
            .connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let operations = channel.pipeline.syncOperations
                    try operations.addHTTPClientHandlers()
                    try operations.addHandlers(
                        NIOHTTPClientResponseAggregator(maxContentLength: 1 << 24),
                        HTTPResponseHandler(promise)
                    )
                }
            }
            .connect(host: endpoint.host, port: endpoint.port)
            .get()
    }
}
