// A reader of a message's map needs the dictionary's own members, so whoever imports `Messages` gets them too.
@_exported public import OrderedCollections

/// A map from text to values that keeps the order in which its keys were first set.
///
/// The order travels: it is the order of the bytes in both formats, as with a Python `dict`. Two maps are equal when they
/// hold the same pairs in the same order. Keys compare as Swift strings do, by canonical equivalence: `"é"` in one code
/// point and in two are one key here, though Python holds them apart; the decoders reject a map that has both.
public typealias MessageMap = OrderedDictionary<String, MessageValue>

extension MessageMap {
    /// Sets what a decoder read: of equal keys the last one's value stays, at the first one's place, as in Python.
    ///
    /// - Returns: False when the map already has a key that Swift takes for the same text though its bytes differ: one
    ///   of the two values would be lost.
    mutating func setDecoded(_ value: MessageValue, forKey key: String) -> Bool {
        guard updateValue(value, forKey: key) != nil, let index = index(forKey: key) else { return true }
        return keys[index].utf8.elementsEqual(key.utf8)
    }
}
