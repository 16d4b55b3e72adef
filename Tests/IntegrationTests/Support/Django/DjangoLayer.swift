import Foundation
import Messages
import Synchronization

/// A Python process with one channel layer of channels_redis, which does what the test asks.
///
/// Dropping the last reference kills the process.
final class DjangoLayer: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        /// Sorted sets and polling: Django's usual layer.
        case core
        /// Redis' publish and subscribe.
        case pubSub = "pubsub"
    }

    /// What a layer is made with; the defaults are those of channels_redis.
    struct Configuration: Sendable {
        var hosts: [String]
        var prefix = "asgi"
        var wire = Wire.messagePack
        var capacity = 100
        /// Glob patterns of channel names.
        var channelCapacity: [String: Int] = [:]
        var expiry = 60
        var groupExpiry = 86_400
    }

    /// Where `sendMany` sends to.
    enum Target: Sendable {
        case group(String)
        case channel(String)
    }

    /// Answers that nobody has taken yet, by the number of the request.
    private final class Answers: Sendable {
        let byNumber = Mutex<[Int64: MessageValue]>([:])

        func add(_ line: String) {
            // What is no answer stays among the process' lines, which every error shows.
            guard let answer = try? JSON.decode(line), let number = answer["id"]?.integerValue else { return }
            byNumber.withLock { $0[number] = answer }
        }
    }

    let kind: Kind
    let process: ChildProcess
    private let answers: Answers
    private let lastNumber = Mutex<Int64>(0)

    private init(kind: Kind, process: ChildProcess, answers: Answers) {
        self.kind = kind
        self.process = process
        self.answers = answers
    }

    /// Starts a process and its layer.
    ///
    /// - Parameters:
    ///   - kind: Which of the two layers.
    ///   - configuration: What the layer is made with.
    /// - Returns: The layer; nothing is connected before its first use.
    /// - Throws: ``HarnessError`` when Python or the layer is not there.
    static func start(_ kind: Kind, _ configuration: Configuration) async throws -> DjangoLayer {
        let answers = Answers()
        let process = try await ChildProcess.start(
            PythonEnvironment.interpreter(),
            [PythonEnvironment.path("layer_process.py"), try configuration.json(for: kind)],
            environment: PythonEnvironment.environment,
            hasInput: true,
            onLine: { answers.add($0) }
        )
        return DjangoLayer(kind: kind, process: process, answers: answers)
    }

    /// Makes a request and waits for its answer.
    ///
    /// - Parameters:
    ///   - operation: The name of a method in layer_process.py.
    ///   - arguments: Its arguments. Those that are null are left to their defaults.
    ///   - timeout: How long it may take.
    /// - Returns: What it returned.
    /// - Throws: ``DjangoError`` when Python raised, ``HarnessError`` with the process' last lines when it did not answer.
    @discardableResult
    func call(
        _ operation: String,
        _ arguments: MessageMap = [:],
        timeout: Duration = .seconds(20)
    ) async throws -> MessageValue {
        let number = lastNumber.withLock { last in
            last += 1
            return last
        }
        var request = arguments.filter { !$0.value.isNull }
        request["id"] = .integer(number)
        request["do"] = .string(operation)
        let answer = try await answer(to: number, JSON.encode(.map(request)), operation, timeout)
        if let error = answer["error"]?.stringValue {
            throw DjangoError(type: error, text: answer["text"]?.stringValue ?? "")
        }
        return answer["result"] ?? .null
    }

    /// Ends the process; safe to call twice.
    func stop() async { await process.stop() }

    private func answer(
        to number: Int64,
        _ request: String,
        _ operation: String,
        _ timeout: Duration
    ) async throws -> MessageValue {
        do {
            try process.requireRunning()
            try await process.write(line: request)
            return try await eventuallyValue("“\(operation)”", timeout: timeout, every: .milliseconds(2)) {
                if let answer = answers.byNumber.withLock({ $0.removeValue(forKey: number) }) { return answer }
                try process.requireRunning()
                return nil
            }
        } catch HarnessError.timedOut(let what, let duration, _) {
            let lines = process.lines(of: .standardError).suffix(20).joined(separator: "\n")
            throw HarnessError.timedOut(
                waitingFor: "\(what) of the Django process (\(kind.rawValue))",
                after: duration,
                detail: lines.isEmpty ? "it wrote no error" : "its last lines:\n\(lines)"
            )
        }
    }
}

/// What Python raised.
struct DjangoError: Error, Equatable, CustomStringConvertible {
    /// The exception's class, such as `ChannelFull`.
    var type: String
    var text: String

    var description: String { "Django raised \(type): \(text)" }
}

extension DjangoLayer.Configuration {
    /// The process' argument.
    fileprivate func json(for kind: DjangoLayer.Kind) throws -> String {
        let patterns = channelCapacity.sorted { $0.key < $1.key }
        let capacities = patterns.map { ($0.key, MessageValue.integer(Int64($0.value))) }
        return try JSON.encode([
            "layer": .string(kind.rawValue),
            "hosts": .array(hosts.map { .string($0) }),
            "prefix": .string(prefix),
            "serializer_format": .string(wire.serializer.rawValue),
            "symmetric_encryption_keys": .array(wire.encryptionKeys.map { .string($0) }),
            "capacity": .integer(Int64(capacity)),
            "channel_capacity": .map(MessageMap(uniqueKeysWithValues: capacities)),
            "expiry": .integer(Int64(expiry)),
            "group_expiry": .integer(Int64(groupExpiry)),
        ])
    }
}
