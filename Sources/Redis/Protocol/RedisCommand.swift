/// A command with its arguments, kept as the bytes that will be sent.
package struct RedisCommand: Sendable, Equatable {
    /// The command's name, such as `ZADD`; the first word on the wire.
    package let name: String
    /// Name and arguments one after the other, with where each one ends: one allocation however many arguments.
    private(set) var bytes: [UInt8]
    private(set) var lengths: [Int]

    /// A command with the arguments given here.
    package init(_ name: String, _ arguments: RedisArgument...) {
        self.init(name, arguments)
    }

    /// A command with a list of arguments.
    package init(_ name: String, _ arguments: [RedisArgument]) {
        self.name = name
        bytes = Array(name.utf8)
        lengths = [bytes.count]
        lengths.reserveCapacity(arguments.count + 1)
        for argument in arguments { append(argument) }
    }

    /// Adds one more argument at the end.
    package mutating func append(_ argument: RedisArgument) {
        lengths.append(argument.write(to: &bytes))
    }

    /// Adds more arguments at the end.
    package mutating func append(contentsOf arguments: some Sequence<RedisArgument>) {
        for argument in arguments { append(argument) }
    }
}

extension RedisCommand: CustomStringConvertible {
    /// The name and the number of arguments; never the arguments, which may be a password or a user's message.
    package var description: String {
        "\(name) (\(lengths.count - 1) arguments)"
    }
}
