import Applications
import ChannelLayers

extension SupportDeskContract {
    static let queue = [
        SupportDeskContract("customers wait in the order in which they came, and one who comes again keeps the place") {
            let desks = try patient($0)
            let (desk, other) = (desks[0], desks[desks.count - 1])
            let customers = try names("ann", "bob", "cem")
            for customer in customers {
                let entry = try await desk.enter(customer)
                try expect(entry.place, .waiting, "the place")
                try expect(entry.hasChanged, true, "a change")
            }
            let again = try await other.enter(customers[0])
            try expect(again.place, .waiting, "the place")
            try expect(again.hasChanged, false, "a change")
            let snapshot = try await other.snapshot()
            try expect(snapshot.queue, customers, "the queue")
            try expect(snapshot.version, again.version, "the version")
            try expect(snapshot.waiting.map(\.order), snapshot.waiting.map(\.order).sorted(), "the order")
        },
        SupportDeskContract("who leaves the queue is out of it, and those behind move up") {
            let desks = try patient($0)
            let customers = try names("ann", "bob", "cem")
            for customer in customers { _ = try await desks[0].enter(customer) }
            let before = try await desks[0].snapshot().version
            try expect(try await desks[0].leave(customers[1]), nil, "the staff member")
            let snapshot = try await desks[0].snapshot()
            try expect(snapshot.queue, [customers[0], customers[2]], "the queue")
            try expect(snapshot.version > before, true, "whether the version has grown")
            try expect(try await desks[0].leave(customers[1]), nil, "the staff member")
            try expect(try await desks[0].snapshot().version, snapshot.version, "the version")
            _ = try await desks[0].enter(customers[1])
            try expect(try await desks[0].snapshot().queue.last, customers[1], "the end of the queue")
        },
        SupportDeskContract("as many wait as may, and nobody else comes in before one has left") {
            let desk = try patient($0, places: 2)[0]
            let customers = try names("ann", "bob", "cem")
            for customer in customers.prefix(2) { _ = try await desk.enter(customer) }
            let refused = try await desk.enter(customers[2])
            try expect(refused.place, .full, "the place")
            try expect(refused.hasChanged, false, "a change")
            try expect(try await desk.enter(customers[0]).place, .waiting, "the place of one who is in")
            _ = try await desk.leave(customers[0])
            try expect(try await desk.enter(customers[2]).place, .waiting, "the place")
            try expect(try await desk.snapshot().queue, [customers[1], customers[2]], "the queue")
        },
        SupportDeskContract("what was lost comes back by renewals, in the order of before, and what was ended does not")
        {
            let desks = try patient($0)
            let customers = try names("ann", "bob", "cem", "deb", "eve")
            let mia = try names("mia")[0]
            // A store that was emptied knows nobody: the claims are all there is.
            let claims = [
                DeskClaim(customers[1], order: 2_000_000), DeskClaim(customers[0], order: 1_000_000),
                DeskClaim(customers[2], staff: mia, order: 500_000), DeskClaim(customers[3]),
            ]
            let renewal = try await desks[0].renew(claims, staff: [])
            try expect(renewal.ended, [], "those who are not at the desk")
            try expect(renewal.hasChanged, true, "a change")
            var snapshot = try await desks[0].snapshot()
            try expect(snapshot.version, renewal.version, "the version")
            try expect(snapshot.queue, [customers[0], customers[1], customers[3]], "the queue")
            try expect(snapshot.pairs, [customers[2]: mia], "the talks")
            try expect(snapshot.talks[0].began, 500_000, "the talk's beginning")
            try expect(snapshot.staff, [mia], "the staff")
            try expect(try await desks[0].renew(claims, staff: []).hasChanged, false, "a second change")

            _ = try await desks[0].leave(customers[0])
            try expect(try await desks[0].end(customers[2], by: mia), true, "whether the talk ended")
            let late = try await desks[desks.count - 1].renew(claims, staff: [mia])
            try expect(Set(late.ended), [customers[0], customers[2]], "those who are not at the desk")
            snapshot = try await desks[0].snapshot()
            try expect(snapshot.queue, [customers[1], customers[3]], "the queue")
            try expect(snapshot.talks, [], "the talks")
            try expect(try await desks[0].enter(customers[2]).place, .waiting, "the place")
            try expect(try await desks[0].renew([claims[2]], staff: []).ended, [], "those who are not at the desk")
        },
    ]
}
