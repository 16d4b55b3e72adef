import Applications
import ChannelLayers

extension SupportDeskContract {
    static let talks = [
        SupportDeskContract("the next is the head of the queue, one by name is that one, and nobody twice") {
            let desks = try patient($0)
            let (desk, other) = (desks[0], desks[desks.count - 1])
            let customers = try names("ann", "bob", "cem")
            let staff = try names("mia", "ben")
            try expect(try await desk.takeNext(for: staff[0]), .notWaiting, "the next of nobody")
            for customer in customers { _ = try await desk.enter(customer) }
            try expect(try await desk.takeNext(for: staff[0]), .taken(customers[0]), "the next")
            try expect(try await other.take(customers[2], for: staff[1]), .taken(customers[2]), "one by name")
            try expect(try await other.take(customers[0], for: staff[1]), .hasAnother(staff[0]), "another's")
            try expect(try await other.take(customers[0], for: staff[0]), .hadBefore(customers[0]), "the same")
            try expect(try await other.take(try names("zoe")[0], for: staff[1]), .notWaiting, "nobody")
            let snapshot = try await other.snapshot()
            try expect(snapshot.queue, [customers[1]], "the queue")
            try expect(snapshot.pairs, [customers[0]: staff[0], customers[2]: staff[1]], "the talks")
            try expect(snapshot.staff, [staff[1], staff[0]], "the staff, by name")
            try expect(try await desk.enter(customers[0]).place, .talking(staff[0]), "the place of one who talks")
        },
        SupportDeskContract("as many talk as may") {
            let desk = try patient($0, places: 1)[0]
            let customers = try names("ann", "bob")
            let mia = try names("mia")[0]
            _ = try await desk.enter(customers[0])
            _ = try await desk.takeNext(for: mia)
            _ = try await desk.enter(customers[1])
            try expect(try await desk.takeNext(for: mia), .full, "the next")
            try expect(try await desk.take(customers[1], for: mia), .full, "one by name")
            try expect(try await desk.snapshot().queue, [customers[1]], "the queue")
        },
        SupportDeskContract("of two who take the same customer at once one gets it") {
            let desks = try patient($0)
            let staff = try names("mia", "ben")
            for number in 0..<50 {
                let customer = try UserName("c\(number)")
                _ = try await desks[0].enter(customer)
                let takings = try await withThrowingTaskGroup(of: (UserName, DeskTaking).self) { tasks in
                    for (index, name) in staff.enumerated() {
                        let desk = desks[index % desks.count]
                        tasks.addTask {
                            let byName =
                                try number.isMultiple(of: 2)
                                ? await desk.take(customer, for: name) : await desk.takeNext(for: name)
                            return (name, byName)
                        }
                    }
                    var takings: [(UserName, DeskTaking)] = []
                    for try await taking in tasks { takings.append(taking) }
                    return takings
                }
                let winners = takings.filter { $0.1 == .taken(customer) }.map(\.0)
                try expect(winners.count, 1, "how many have taken \(customer)")
                try expect(try await desks[0].snapshot().pairs[customer], winners[0], "who has \(customer)")
            }
        },
        SupportDeskContract("only who has a talk hands it over, and only to one who is there") {
            let desk = try patient($0)[0]
            let ann = try names("ann")[0]
            let staff = try names("mia", "ben", "zoe")
            _ = try await desk.renew([], staff: Array(staff.prefix(2)))
            try expect(try await desk.handOver(ann, from: staff[0], to: staff[1]), .notYours, "no talk")
            _ = try await desk.enter(ann)
            _ = try await desk.takeNext(for: staff[0])
            let before = try await desk.snapshot()
            try expect(try await desk.handOver(ann, from: staff[1], to: staff[0]), .notYours, "another's talk")
            try expect(try await desk.handOver(ann, from: staff[0], to: staff[2]), .notThere, "to nobody")
            try expect(try await desk.snapshot(), before, "the desk")
            try expect(try await desk.handOver(ann, from: staff[0], to: staff[1]), .done, "the hand-over")
            let after = try await desk.snapshot()
            try expect(after.pairs, [ann: staff[1]], "the talks")
            try expect(after.talks[0].began, before.talks[0].began, "when it began")
            try expect(after.version > before.version, true, "whether the version has grown")
        },
        SupportDeskContract("a talk is ended by who has it, or left by the customer, once") {
            let desk = try patient($0)[0]
            let customers = try names("ann", "bob")
            let staff = try names("mia", "ben")
            for customer in customers {
                _ = try await desk.enter(customer)
                _ = try await desk.takeNext(for: staff[0])
            }
            try expect(try await desk.end(customers[0], by: staff[1]), false, "whether another may end it")
            try expect(try await desk.end(customers[0], by: staff[0]), true, "whether it ended")
            try expect(try await desk.end(customers[0], by: staff[0]), false, "whether it ended twice")
            try expect(try await desk.leave(customers[1]), staff[0], "the staff member")
            try expect(try await desk.leave(customers[1]), nil, "the staff member")
            let snapshot = try await desk.snapshot()
            try expect(snapshot.talks, [], "the talks")
            try expect(snapshot.queue, [], "the queue")
        },
    ]
}
