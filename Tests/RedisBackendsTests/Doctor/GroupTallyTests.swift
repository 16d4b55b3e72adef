import ChannelLayers
import RedisBackends
import Testing

@Suite("What is wrong with a group")
struct GroupTallyTests {
    private let one = FrontName("one")
    private let two = FrontName("two")
    private let keys = RedisKeys()

    /// A look at a group that began at 1000, with members that joined before.
    private func tally(_ members: [(FrontName, Int)], listed: [FrontName: Int], joinedAt: Double = 900) -> GroupTally {
        var tally = GroupTally("g", on: 0, began: 1000)
        for (front, count) in members {
            for number in 0..<count {
                tally.add("\(front.channelPrefix)!\(number)", score: joinedAt + 10_000_000_000, keys: keys)
                tally.count += 1
            }
        }
        tally.listedBefore = listed
        tally.listedAfter = listed
        return tally
    }

    @Test("A group that is as the fronts say has nothing wrong with it")
    func clean() {
        let tally = tally([(one, 2), (two, 3)], listed: [one: 2, two: 3])
        #expect(tally.drift(live: [one, two]).isEmpty)
        #expect(tally.dead(live: [one, two]).isEmpty)
    }

    @Test("Members too many and too few, each of its front")
    func drift() {
        let tally = tally([(one, 3), (two, 1)], listed: [one: 2, two: 4])
        #expect(tally.drift(live: [one, two]) == [one: 1, two: -3])
    }

    @Test("A front that has a group in its listing and no member in it misses them all")
    func allMissing() {
        #expect(tally([], listed: [one: 5]).drift(live: [one]) == [one: -5])
    }

    @Test("Members of a front without a lease are dead, whatever a listing says")
    func dead() {
        let tally = tally([(one, 2), (two, 4)], listed: [one: 2, two: 4])
        #expect(tally.dead(live: [one]) == [two: 4])
        #expect(tally.drift(live: [one]).isEmpty)
    }

    @Test("Dead members do not hide that others are missing")
    func deadBesideMissing() {
        #expect(tally([(one, 2), (two, 4)], listed: [one: 4]).drift(live: [one]) == [one: -2])
    }

    @Test("What the listing's own change explains is no drift")
    func changesMeanwhile() {
        var joining = tally([(one, 3)], listed: [one: 2])
        joining.listedAfter = [one: 3]
        #expect(joining.drift(live: [one]).isEmpty)
        var leaving = tally([(one, 2)], listed: [one: 2])
        leaving.listedBefore = [one: 3]
        #expect(leaving.drift(live: [one]).isEmpty)
    }

    @Test("Those who joined during the look are not too many: the listing was read before")
    func joinedMeanwhile() {
        #expect(tally([(one, 3)], listed: [one: 2], joinedAt: 1001).drift(live: [one]).isEmpty)
    }

    @Test("Those who left and came unseen are not missing while the count is right")
    func unseen() {
        var tally = tally([(one, 1)], listed: [one: 2])
        tally.count = 2
        #expect(tally.drift(live: [one]).isEmpty)
    }

    @Test("A front that came during the look is not judged, and hides no other's loss")
    func newFront() {
        var tally = tally([(one, 1), (two, 3)], listed: [one: 2])
        #expect(tally.drift(live: [one, two]) == [one: -1])
        tally.count += 1
        #expect(tally.drift(live: [one, two]).isEmpty)
    }

    @Test("Only what stays wrong from look to look is reported, by the least of it")
    func persisting() {
        func finding(_ members: [(FrontName, Int)], _ listed: [FrontName: Int]) -> GroupFinding {
            GroupFinding(tally(members, listed: listed), live: [one], unread: [], people: [two: members[1].1])
        }
        let first = finding([(one, 5), (two, 3)], [one: 2])
        let second = finding([(one, 4), (two, 7)], [one: 2])
        let both = second.persisting(since: first)
        #expect(both.drift == [one: 2])
        #expect(both.dead == [two: 3])
        #expect(both.deadPeople == [two: 3])
        #expect(!both.isClean)
        // Too many, then too few: that is change, not a fault.
        #expect(finding([(one, 1), (two, 7)], [one: 2]).persisting(since: first).drift.isEmpty)
    }

    @Test("A score that is no number of members stands for none")
    func scores() {
        #expect(GroupTally.listed(7) == 7)
        for score in [nil, .infinity, -.infinity, .nan, 1e19, 1e300, -1] {
            #expect(GroupTally.listed(score) == 0)
        }
    }

    @Test("Findings of one group on two hosts, its members' and its people's, are two")
    func twoHosts() {
        var first = Checkup()
        let members = tally([(one, 2)], listed: [:])
        let people = GroupTally("g", on: 1, began: 1000)
        first.findings = [
            GroupFinding(members, live: [], unread: [], people: [:]),
            GroupFinding(people, live: [], unread: [], people: [two: 1]),
        ]
        #expect(first.persisting(since: first).findings == first.findings)
    }

    @Test("A check-up keeps what two looks share")
    func checkups() {
        var first = Checkup()
        first.findings = [GroupFinding(tally([(one, 1)], listed: [:]), live: [], unread: [], people: [:])]
        first.leftovers = [Leftover(.record, of: one, on: 0), Leftover(.mailbox, of: two, on: 0)]
        var second = first
        second.leftovers = [Leftover(.record, of: one, on: 0)]
        #expect(second.persisting(since: first).findings == first.findings)
        #expect(second.persisting(since: first).leftovers == second.leftovers)
        #expect(second.persisting(since: first).deadFronts == [one])
        second.findings = []
        #expect(second.persisting(since: first).findings.isEmpty)
        #expect(Checkup().persisting(since: first).isClean)
    }
}
