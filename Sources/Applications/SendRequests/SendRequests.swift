public import ChannelLayers
import CoreMetrics
public import Logging
import Messages
public import ServiceLifecycle

/// Works off the general channel `muster`: what other processes want to be sent to a group, and recorded there.
///
/// A Django process whose `group_send` reaches those who are connected now asks for it with
/// `send("muster", {"type": "group.send", "group": …, "message": {…}})`. One front takes each request; when none runs, it
/// waits in the channel until it expires. A front does one request after the other; requests that several fronts take
/// at the same time may change places.
public struct SendRequests: Service {
    /// The general channel.
    public static let channel = ChannelName(general: "muster")
    /// How long nothing is taken after the server was not reached, so that the channel keeps what it holds.
    private static let pause = Duration.milliseconds(250)

    private let layer: any ChannelLayer
    private let expiry: Duration
    private let logger: Logger
    private let log = LogLimiter()

    /// Makes the service.
    ///
    /// - Parameters:
    ///   - layer: Where requests come from, and messages go.
    ///   - expiry: How long a request that the server refuses is kept, and those behind it wait: as long as the layer
    ///     keeps a message.
    ///   - logger: Told of requests that cannot be done.
    public init(layer: any ChannelLayer, expiry: Duration = .seconds(60), logger: Logger) {
        self.layer = layer
        self.expiry = expiry
        self.logger = logger
    }

    /// Works until graceful shutdown or cancellation.
    public func run() async throws {
        try await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await perform(try await layer.receive(Self.channel))
                } catch let error as ChannelLayerError where [.cancelled, .closed].contains(error.code) {
                    return
                } catch let error as ChannelLayerError {
                    note(error.code.description, error.message)
                    await rest()
                }
            }
        }
    }

    /// Does one request.
    ///
    /// A message is sent once or not at all. What the server has refused, out of memory for example, was surely not done
    /// and is tried again while it has not expired; after any other failure it may have been done, so it is not.
    private func perform(_ message: Message) async throws(ChannelLayerError) {
        let request: SendRequest
        do {
            request = try SendRequest(message)
        } catch {
            return note("bad_request", error.description)
        }
        let deadline = ContinuousClock.now + expiry
        while true {
            do {
                try await layer.groupRecord(request.message, to: request.group)
                return SendRequestMetrics.sends.increment()
            } catch {
                switch error.code {
                case .invalidMessage:
                    // What one message cannot be, the next one may.
                    return note(error.code.description, error.message)
                case .refused:
                    await rest()
                    guard !Task.isCancelled, ContinuousClock.now < deadline else {
                        return note(error.code.description, error.message)
                    }
                default:
                    throw error
                }
            }
        }
    }

    /// Waits until the server is back.
    private func rest() async {
        repeat {
            do {
                try await Task.sleep(for: Self.pause)
            } catch {
                // The shutdown has come: the loop sees it.
                return
            }
        } while layer.readiness != .ready
    }

    private func note(_ reason: String, _ problem: String) {
        SendRequestMetrics.failures(reason).increment()
        guard let held = log.admit() else { return }
        logger.warning(
            "a request to send to a group was dropped",
            metadata: ["channel": "\(Self.channel)", "error": "\(problem)", "held_back": "\(held)"]
        )
    }
}
