import Testing

@testable import WebSocketServer

@Suite("Channel tally")
struct ChannelTallyTests {
    @Test("the loop that looks last learns how many channels nobody has")
    func missing() {
        let tally = ChannelTally(channels: 10, loops: 3)
        #expect(tally.count(4) == nil)
        #expect(tally.count(0) == nil)
        #expect(tally.count(5) == 1)
    }

    @Test("a single loop is the last one")
    func oneLoop() {
        #expect(ChannelTally(channels: 2, loops: 1).count(2) == 0)
    }

    @Test("of loops that look at once exactly one learns it, and it is right")
    func concurrent() async {
        for _ in 0..<100 {
            let tally = ChannelTally(channels: 100, loops: 8)
            let answers = await withTaskGroup(of: Int?.self) { tasks in
                for loop in 0..<8 { tasks.addTask { tally.count(loop) } }
                return await tasks.reduce(into: [Int]()) { answers, answer in
                    if let answer { answers.append(answer) }
                }
            }
            #expect(answers == [72])
        }
    }
}
