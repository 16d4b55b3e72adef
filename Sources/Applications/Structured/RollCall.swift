import ChannelLayers
import Consumers
import Messages

/// How a client of `muster.v1` is shown who is in a group.
///
/// From `roll` on the client notes who comes and goes, since the names of `here` may be older than that.
struct RollCall: Sendable {
    /// How many names a client gets: a group may be too large to be read as a whole for every one who comes.
    static let listedNames = 200

    let group: GroupName

    /// Shows who is there.
    func call(_ connection: Connection) async throws {
        connection.send(try StructuredFrame.frame("roll"))
        let count = try await connection.layer.peopleCount(group)
        let listed = try await connection.layer.groupPeople(group, limit: Self.listedNames)
        var fields: MessageMap = ["names": .array(listed.map { .string($0.rawValue) })]
        let more = count - listed.count
        if more > 0 { fields["more"] = .integer(Int64(more)) }
        connection.send(try StructuredFrame.frame("here", fields))
    }
}
