import NIOCore
import NIOPosix
import NIOSSL

extension RedisError {
    /// Why no connection came about, with what to check.
    init(connectingTo address: RedisAddress, failed error: any Error) {
        if let error = error as? RedisError {
            self = error
            return
        }
        let reason = Self.reason(of: error)
        let advice =
            switch address.endpoint {
            case .tcp: "check that redis-server runs there, or pass --redis"
            case .unix: "check that redis-server listens there (unixsocket in redis.conf), or pass --redis"
            }
        self.init(.unavailable, "cannot reach Redis at \(address.place): \(reason); \(advice)")
    }

    /// Why an existing connection broke; `isReady` tells whether it had been of use before.
    init(connectionTo address: RedisAddress, brokeBy error: any Error, isReady: Bool) {
        if let error = error as? RedisError {
            self = error
        } else if address.usesTLS, let reason = Self.tlsReason(of: error) {
            let advice = "check the CA file, that the certificate names this host, and that the port speaks TLS"
            self.init(.tls, "TLS with Redis at \(address.place) failed: \(reason); \(advice)")
        } else {
            let advice = isReady ? "" : "; \(address.transportAdvice)"
            let reason = Self.reason(of: error)
            self.init(.connectionLost, "lost the connection to Redis at \(address.place): \(reason)\(advice)")
        }
    }

    /// Redis closed the connection; `isReady` tells whether it had been of use before.
    init(connectionClosedBy address: RedisAddress, isReady: Bool) {
        let advice = isReady ? "" : " without a word; \(address.transportAdvice)"
        self.init(.connectionLost, "Redis at \(address.place) closed the connection\(advice)")
    }

    // MARK: Private

    private static func reason(of error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let single = error.connectionErrors.last { return reason(of: single.error) }
            if error.dnsAError != nil || error.dnsAAAAError != nil { return "the host name \(error.host) is not known" }
            return "it has no address"
        case let error as IOError:
            return reason(ofErrno: error.errnoCode)
        case ChannelError.connectTimeout(let limit):
            return "no answer within \(Duration.nanoseconds(limit.nanoseconds))"
        case ChannelError.eof, ChannelError.inputClosed, ChannelError.outputClosed, ChannelError.ioOnClosedChannel:
            return "the other side closed it"
        default:
            return oneLine(error)
        }
    }

    private static func reason(ofErrno code: CInt) -> String {
        switch code {
        case ECONNREFUSED: "connection refused"
        case ECONNRESET: "connection reset"
        case EPIPE: "the other side closed it"
        case ENOENT: "no such socket"
        case EACCES: "permission denied"
        case EHOSTUNREACH, ENETUNREACH: "no route to it"
        case ETIMEDOUT: "the network does not answer"
        case EMFILE, ENFILE: "no file descriptor left; raise the limit with ulimit -n"
        default: String(cString: strerror(code))
        }
    }

    private static func tlsReason(of error: any Error) -> String? {
        switch error {
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            "the certificate does not name this host"
        case is NIOSSLExtraError, is BoringSSLError:
            oneLine(error)
        case NIOSSLError.handshakeFailed(let cause):
            "\(cause)".contains("CERTIFICATE_VERIFY_FAILED") ? "the certificate is not trusted" : oneLine(cause)
        case NIOSSLError.unableToValidateCertificate:
            "the certificate cannot be checked"
        default:
            nil
        }
    }

    private static func oneLine(_ error: any Error) -> String {
        "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
