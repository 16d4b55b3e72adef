import ChannelLayers
import Testing

@testable import Applications

/// How much of an inbox is under way to a client.
struct InboxWindowTests {
    private static func id(_ number: Int) -> MessageID { MessageID(milliseconds: UInt64(number), sequence: 0) }

    @Test("Only the answer to the ping that is under way counts, and for what was sent before it")
    func answers() {
        var window = InboxWindow()
        #expect(window.nextPing() == nil)
        for number in 1...3 { window.sent(Self.id(number), bytes: 10) }
        let first = window.nextPing()
        #expect(first != nil)
        #expect(window.nextPing() == nil)
        window.sent(Self.id(4), bytes: 10)
        // Sent unasked, by a client that guesses.
        #expect(window.answered(99) == [])
        #expect(window.answered(0) == [])
        #expect(window.answered(first ?? 0) == (1...3).map(Self.id))
        #expect(window.answered(first ?? 0) == [])
        let second = window.nextPing()
        #expect(second != nil && second != first)
        #expect(window.answered(second ?? 0) == [Self.id(4)])
        #expect(window.nextPing() == nil)
        #expect(window.last == Self.id(4))
    }

    @Test("With many messages or bytes under way it is full, until the client answers")
    func bounds() {
        var many = InboxWindow()
        for number in 1...499 { many.sent(Self.id(number), bytes: 1) }
        #expect(!many.isFull && many.isFilling)
        let mark = many.nextPing()
        many.sent(Self.id(500), bytes: 1)
        #expect(many.isFull)
        _ = many.answered(mark ?? 0)
        #expect(!many.isFull && !many.isFilling)

        var large = InboxWindow()
        large.sent(Self.id(1), bytes: 255 << 10)
        #expect(!large.isFull && large.isFilling)
        large.sent(Self.id(2), bytes: 1 << 10)
        #expect(large.isFull)
        _ = large.answered(large.nextPing() ?? 0)
        #expect(!large.isFull)
    }

    @Test("What was sent is remembered for a while, and what is older counts as sent")
    func memory() {
        var window = InboxWindow()
        for number in 1...1000 where number != 990 { window.sent(Self.id(number), bytes: 0) }
        #expect(window.hasSent(Self.id(1)))
        #expect(window.hasSent(Self.id(1000)))
        #expect(!window.hasSent(Self.id(990)))
        #expect(!window.hasSent(Self.id(1001)))
    }

    @Test("Receipts are due once for each step, never back, and are bounded")
    func receipts() throws {
        let ann = try UserName("ann")
        let ben = try UserName("ben")
        var receipts = AwaitedReceipts()
        for (number, sender) in [(1, ann), (2, ben), (3, ann), (4, ann)] {
            let draft = DirectMessageDraft(sender: sender, receiver: try UserName("bob"), text: "hi")
            receipts.sent(DirectMessage(id: Self.id(number), draft))
        }
        let first = AwaitedReceipt(id: Self.id(1), sender: ann)
        #expect(receipts.dueToBeDelivered([Self.id(1), Self.id(9)]) == [first])
        receipts.toldDelivered([first])
        #expect(receipts.dueToBeDelivered([Self.id(1)]) == [])
        // The newest stands for those before it.
        let read = try #require(receipts.dueToBeRead(from: ann, upTo: Self.id(3)))
        #expect(read == AwaitedReceipt(id: Self.id(3), sender: ann))
        receipts.toldRead(read)
        #expect(receipts.dueToBeRead(from: ann, upTo: Self.id(3)) == nil)
        #expect(receipts.dueToBeDelivered([Self.id(1), Self.id(3)]) == [])
        #expect(receipts.dueToBeDelivered([Self.id(2), Self.id(4)]).count == 2)
        for number in 10..<1010 {
            let draft = DirectMessageDraft(sender: ann, receiver: ben, text: "hi")
            receipts.sent(DirectMessage(id: Self.id(number), draft))
        }
        #expect(receipts.dueToBeDelivered([Self.id(4)]) == [])
        #expect(receipts.dueToBeDelivered((10..<1010).map { Self.id($0) }).count == 1000)
    }
}
