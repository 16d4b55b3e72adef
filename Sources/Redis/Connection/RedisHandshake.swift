/// What a new connection says before it is of use, and what Redis' refusals mean.
///
/// All steps go out in one write; the closing PING shows that Redis is past loading its data and lets us in.
struct RedisHandshake: Equatable {
    enum Step: Equatable {
        case authenticate(username: String?, password: String)
        case select(database: Int)
        case setName(String)
        case ping
    }

    let steps: [Step]
    private let place: String

    init(address: RedisAddress, clientName: String?) {
        var steps: [Step] = []
        if let password = address.password {
            steps.append(.authenticate(username: address.username, password: password))
        }
        if address.database != 0 { steps.append(.select(database: address.database)) }
        if let clientName { steps.append(.setName(clientName)) }
        self.steps = steps + [.ping]
        place = address.place
    }

    var commands: [RedisCommand] { steps.map(\.command) }

    /// Why this reply ends the attempt; `nil` when the handshake may go on.
    func failure(of step: Step, reply: RedisReply) -> RedisError? {
        guard case .error(let text) = reply else { return nil }
        let prefix = RedisError.prefix(of: text)
        let advice: String
        switch (step, prefix) {
        case (_, "NOAUTH"):
            advice = "wants a password; put it into the address as redis://:password@host"
        case (.setName, "NOPERM"), (.setName, "ERR"), (.ping, "NOPERM"):
            // An ACL user without these commands is still of use: what it may not do is told command by command.
            return nil
        case (_, "LOADING"):
            advice = "is still loading its data; it will be tried again"
        case (.authenticate, _):
            advice = "refused the user name or password; check the ones in the address"
        case (.select(let database), "ERR") where text.contains("DB index"):
            advice = "has no database \(database); choose another, or raise `databases` in redis.conf"
        case (.select(let database), "NOPERM"):
            advice = "does not let this user use database \(database); grant SELECT, or use database 0"
        default:
            advice = "refused the connection"
        }
        return RedisError(.reply(prefix), "Redis at \(place) \(advice) (\(text))")
    }
}

extension RedisHandshake.Step {
    fileprivate var command: RedisCommand {
        switch self {
        case .authenticate(nil, let password): RedisCommand("AUTH", RedisArgument(password))
        case .authenticate(let user?, let password): RedisCommand("AUTH", RedisArgument(user), RedisArgument(password))
        case .select(let database): RedisCommand("SELECT", RedisArgument(database))
        case .setName(let name): RedisCommand("CLIENT", "SETNAME", RedisArgument(name))
        case .ping: RedisCommand("PING")
        }
    }
}
