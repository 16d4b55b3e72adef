/// Who waits for the replies to a command or a pipeline.
enum CommandCompletion: Sendable {
    case reply(CheckedContinuation<Result<RedisReply, RedisError>, Never>)
    case replies(CheckedContinuation<Result<[RedisReply], RedisError>, Never>)
    case callback(@Sendable (Result<[RedisReply], RedisError>) -> Void)

    func complete(_ outcome: RedisAnswer<CommandCompletion>.Outcome) {
        switch (self, outcome) {
        case (.reply(let continuation), .reply(let reply)):
            continuation.resume(returning: .success(reply))
        case (.reply(let continuation), .replies(let replies)):
            continuation.resume(returning: .success(.array(replies)))
        case (.replies(let continuation), .reply(let reply)):
            continuation.resume(returning: .success([reply]))
        case (.replies(let continuation), .replies(let replies)):
            continuation.resume(returning: .success(replies))
        case (.callback(let body), .reply(let reply)):
            body(.success([reply]))
        case (.callback(let body), .replies(let replies)):
            body(.success(replies))
        case (_, .failure(let error)):
            fail(error)
        }
    }

    func fail(_ error: RedisError) {
        RedisMetrics.countErrors(error.code)
        switch self {
        case .reply(let continuation): continuation.resume(returning: .failure(error))
        case .replies(let continuation): continuation.resume(returning: .failure(error))
        case .callback(let body): body(.failure(error))
        }
    }
}
