import ChannelLayers
import Messages

/// An id is bound to the group whose history gave it.
///
/// Whoever forwards a message as it came, as a Django consumer may, forwards its id too, which means nothing in another
/// group.
extension Message {
    /// The message with the name of the group that records it.
    func bound(to group: GroupName) -> Message {
        var fields = fields
        fields.removeValue(forKey: ReservedField.history)
        fields[ReservedField.history] = .string(group.rawValue)
        return Message(type: type, fields)
    }

    /// The message without that name; its id stays only if it was bound to this group.
    ///
    /// - Parameter group: The group that keeps a history; `nil` if none does, and no id is to stay.
    /// - Returns: The message as members get it.
    func unbound(from group: GroupName?) -> Message {
        guard let bond = self[ReservedField.history] else { return identified(as: nil) }
        var fields = fields
        fields.removeValue(forKey: ReservedField.history)
        if group == nil || bond.stringValue != group?.rawValue { fields.removeValue(forKey: Self.idField) }
        return Message(type: type, fields)
    }
}
