internal import CHiredis

/// Keeps hiredis from making room for elements that an array merely declares.
///
/// hiredis allocates an array as soon as it has read its length, and 0.14 takes any length up to 2^31 - 1. Each element
/// takes bytes of the reply, at all levels of nesting, so what a reply may still declare is known at any time.
struct ElementBudget {
    /// The shortest element is an empty status: `+`, CR, LF.
    private static let shortestElement = 3

    /// hiredis' own functions, which do the work.
    private let defaults: redisReplyObjectFunctions
    private let perReply: Int
    private var remaining: Int
    /// Whether an array was refused; the reader is of no more use then.
    private(set) var isExceeded = false

    init(maxReplyBytes: Int, defaults: redisReplyObjectFunctions) {
        self.defaults = defaults
        perReply = maxReplyBytes / Self.shortestElement
        remaining = perReply
    }

    /// hiredis' functions with the one for arrays replaced; for a reader whose `privdata` points to a budget.
    static func functions(_ defaults: redisReplyObjectFunctions) -> redisReplyObjectFunctions {
        var functions = defaults
        functions.createArray = { task, count in
            // Sound: `privdata` is set when the reader is made, to a budget that outlives it.
            guard let budget = task?.pointee.privdata?.assumingMemoryBound(to: ElementBudget.self) else { return nil }
            // The reader takes nil for a lack of memory and stops.
            guard budget.pointee.take(Int(count)) else { return nil }
            return budget.pointee.defaults.createArray(task, count)
        }
        return functions
    }

    /// A reply is complete: the next one has the whole budget again.
    mutating func reset() {
        remaining = perReply
    }

    private mutating func take(_ count: Int) -> Bool {
        guard count <= remaining else {
            isExceeded = true
            return false
        }
        remaining -= count
        return true
    }
}
