import Messages

/// A user's client of the direct messages as `/muster.js` is one: it comes back, sends again what was not accepted, drops
/// repeats, and acknowledges what it has.
///
/// Or a plain one, which sees no ids and acknowledges nothing: it notes what it is told again on one connection.
actor DirectClient {
    nonisolated let user: String
    nonisolated let isPlain: Bool
    private let urls: [String]
    private var connections = 0
    private var client: WebSocketClient?
    private var isStopped = false
    private var seen: Set<String> = []
    private var sentCount = 0
    private var pending: (client: String, frame: String, whenAccepted: CheckedContinuation<Void, any Error>)?

    /// What came from whom, in the order in which it came, each once.
    private(set) var received: [String: [String]] = [:]
    /// The ids of accepted messages.
    private(set) var accepted = 0
    /// How often a message came again.
    private(set) var repeats = 0
    /// What a plain client was told twice, or out of order, on one connection.
    private(set) var flaws: [String] = []
    /// Errors that were answered.
    private(set) var errors: [String] = []
    /// The latest unread counts that were told.
    private(set) var unread: MessageMap = [:]
    /// Where the client is connected now.
    private(set) var url: String?
    private var isShown = false
    /// The number of the latest message of each sender on this connection.
    private var latest: [String: Int] = [:]

    /// Makes a client, not connected yet.
    ///
    /// - Parameters:
    ///   - user: The user.
    ///   - isPlain: Whether it speaks no `muster.v1`. Messages to it have to be numbers, each sender's in order.
    ///   - servers: Where to connect, one after the other, such as `ws://127.0.0.1:8000`.
    init(_ user: String, isPlain: Bool = false, servers: [String]) {
        self.user = user
        self.isPlain = isPlain
        urls = servers.map { "\($0)/ws/\(user)/" }
    }

    /// Whether the client has been shown its inbox on the connection that it has now.
    var isOnline: Bool { client != nil && isShown }

    /// What waits to be accepted.
    var waiting: String? { pending?.client }

    /// Stays connected until `stop`.
    func run() async {
        while !isStopped {
            do {
                let url = urls[connections % urls.count]
                let chatter =
                    isPlain
                    ? Chatter(client: try await WebSocketClient.connect(url)) : try await Chatter.connect(url)
                connections += 1
                (client, self.url, isShown, latest) = (chatter.client, url, false, [:])
                // A plain client is told nothing when all is shown: the answer to this comes after it.
                if isPlain, seen.isEmpty, pending == nil {
                    try await chatter.say(#"{"receiver": "\#(user)", "message": "0", "client": "first"}"#)
                }
                if let pending { try await chatter.say(pending.frame) }
                while !isStopped { try await handle(chatter.next(timeout: .seconds(60)), on: chatter) }
            } catch {
                // Comes back, as a page does.
                connections += client == nil ? 1 : 0
            }
            await client?.drop()
            (client, url) = (nil, nil)
            if !isStopped { try? await Task.sleep(for: .milliseconds(50)) }
        }
    }

    /// Loses the connection without a word; `run` makes a new one.
    func drop() async {
        await client?.drop()
    }

    /// Ends `run`; what waits to be accepted fails.
    func stop() async {
        isStopped = true
        if let pending {
            self.pending = nil
            pending.whenAccepted.resume(throwing: Self.lost(pending.client))
        }
        await client?.drop()
    }

    private static func lost(_ name: String) -> HarnessError {
        .unexpected("the client was stopped before its message \(name) was accepted")
    }

    /// Sends a message and returns once it is accepted, however often that takes.
    ///
    /// - Throws: `HarnessError` when the client is stopped before.
    func send(_ text: String, to receiver: String) async throws {
        sentCount += 1
        let name = "\(user)-\(sentCount)"
        let frame = #"{"receiver": "\#(receiver)", "message": "\#(text)", "client": "\#(name)"}"#
        let client = client
        guard !isStopped else { throw Self.lost(name) }
        try await withCheckedThrowingContinuation { continuation in
            pending = (name, frame, continuation)
            // If it is lost with the connection it is sent on the next.
            if let client { Task { try? await client.send(text: frame) } }
        }
    }

    private func handle(_ frame: MessageMap, on chatter: Chatter) async throws {
        if isPlain {
            try handlePlain(frame)
            return
        }
        switch frame["type"]?.stringValue {
        case "message":
            guard
                let id = frame["id"]?.stringValue, let sender = frame["sender"]?.stringValue,
                let text = frame["message"]?.stringValue
            else { throw HarnessError.unexpected("not a message: \(frame)") }
            if seen.insert(id).inserted { received[sender, default: []].append(text) } else { repeats += 1 }
            try await chatter.say(#"{"type": "ack", "ids": ["\#(id)"]}"#)
        case "accepted": accepted(frame["client"]?.stringValue)
        case "error":
            errors.append(frame["text"]?.stringValue ?? "")
            if frame["client"]?.stringValue == pending?.client { sendAgainSoon() }
        case "unread": unread = frame["counts"]?.mapValue ?? [:]
        case "seen": isShown = true
        default: break
        }
    }

    private func handlePlain(_ frame: MessageMap) throws {
        if let name = frame["accepted"]?.stringValue {
            isShown = true
            accepted(name)
        } else if let text = frame["error"]?.stringValue {
            errors.append(text)
            sendAgainSoon()
        } else if let sender = frame["sender"]?.stringValue, let text = frame["message"]?.stringValue {
            // What the user has sent by the connection before this one, or has sent to itself first.
            guard frame["receiver"]?.stringValue == user, let number = Int(text) else { return }
            if number <= latest[sender] ?? -1 { flaws.append("\(text) of \(sender) after \(latest[sender] ?? 0)") }
            latest[sender] = number
            let isNew = seen.insert("\(text) of \(sender)").inserted
            if !isNew { repeats += 1 } else if number > 0 { received[sender, default: []].append(text) }
        } else {
            throw HarnessError.unexpected("not a frame for a plain client: \(frame)")
        }
    }

    private func accepted(_ name: String?) {
        guard let pending, name == pending.client else { return }
        self.pending = nil
        accepted += 1
        pending.whenAccepted.resume()
    }

    private func sendAgainSoon() {
        guard let name = pending?.client else { return }
        Task {
            try? await Task.sleep(for: .milliseconds(50))
            await self.sendAgain(name)
        }
    }

    private func sendAgain(_ name: String) async {
        guard let pending, pending.client == name else { return }
        try? await client?.send(text: pending.frame)
    }
}

extension TestRedis {
    /// How many messages of whom are in a user's inbox, and what the unread counts say: at one moment.
    private static let inboxScript = """
        local counted, total = {}, 0
        for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do
            for i = 1, #entry[2], 2 do
                if entry[2][i] == 'sender' then
                    counted[entry[2][i + 1]] = (counted[entry[2][i + 1]] or 0) + 1
                    total = total + 1
                end
            end
        end
        local fields = redis.call('HGETALL', KEYS[2])
        local named = 0
        for i = 1, #fields, 2 do
            named = named + tonumber(fields[i + 1])
            if counted[fields[i]] ~= tonumber(fields[i + 1]) then return 'differs at ' .. fields[i] end
        end
        if named ~= total then return 'differs: ' .. named .. ' and ' .. total end
        return tostring(total)
        """

    /// How many messages are in a user's inbox; fails if the unread counts say something else.
    func inboxCount(_ user: String) async throws -> Int {
        let answer = try await cli(
            "eval",
            Self.inboxScript,
            "2",
            "asgi:inbox:{\(user)}",
            "asgi:unread:{\(user)}"
        )
        guard let count = Int(answer) else {
            throw HarnessError.unexpected("the inbox and the unread counts of \(user): \(answer)")
        }
        return count
    }
}
