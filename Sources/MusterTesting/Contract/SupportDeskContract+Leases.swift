import Applications
import ChannelLayers

extension SupportDeskContract {
    /// Short, and yet longer than two renewals are apart on a busy machine.
    private static let hasty = DeskLimits(lease: .seconds(2), away: .seconds(2))

    static let leases = [
        SupportDeskContract("the customers of a staff member who is gone go to the head, who was served longest first")
        {
            let desk = try $0(hasty)[0]
            let customers = try names("ann", "bob", "cem", "deb", "eve")
            let staff = try names("mia", "ben")
            for customer in customers { _ = try await desk.enter(customer) }
            for customer in customers.prefix(2) { _ = try await desk.take(customer, for: staff[0]) }
            _ = try await desk.take(customers[3], for: staff[1])
            let done = try await sweep(desk, renewing: customers, staff: [staff[1]]) { $1.abandoned.count > 0 }
            try expect(
                done.abandoned,
                customers.prefix(2).map { DeskSweep.Talk(customer: $0, staff: staff[0]) },
                "the abandoned talks"
            )
            try expect(done.hasChanged, true, "a change")
            let snapshot = try await desk.snapshot()
            try expect(snapshot.version, done.version, "the version")
            try expect(snapshot.queue, [customers[0], customers[1], customers[2], customers[4]], "the queue")
            try expect(snapshot.pairs, [customers[3]: staff[1]], "the talks")
            try expect(snapshot.staff, [staff[1]], "the staff")
            try expect(try await desk.takeNext(for: staff[1]), .taken(customers[0]), "the next")
        },
        SupportDeskContract("a waiting customer who is gone leaves the queue, and a renewal brings the place back") {
            let desk = try $0(hasty)[0]
            let customers = try names("ann", "bob")
            for customer in customers { _ = try await desk.enter(customer) }
            let order = try await desk.snapshot().waiting[0].order
            _ = try await sweep(desk, renewing: [customers[1]]) { snapshot, _ in snapshot.queue == [customers[1]] }
            let renewal = try await desk.renew([DeskClaim(customers[0], order: order)], staff: [])
            try expect(renewal.ended, [], "those who are not at the desk")
            try expect(try await desk.snapshot().queue, customers, "the queue")
        },
        SupportDeskContract("a talking customer who is gone is away, is back at the next sign, and after a while done")
        {
            let desk = try $0(hasty)[0]
            let ann = try names("ann")[0]
            let mia = try names("mia")[0]
            _ = try await desk.enter(ann)
            _ = try await desk.takeNext(for: mia)
            _ = try await sweep(desk, staff: [mia]) { snapshot, _ in snapshot.away == [ann] }
            let away = try await desk.snapshot()
            try expect(away.pairs, [ann: mia], "the talks")
            let entry = try await desk.enter(ann)
            try expect(entry.place, .talking(mia), "the place")
            try expect(entry.hasChanged, true, "a change")
            try expect(try await desk.snapshot().away, [], "those who are away")
            _ = try await sweep(desk, staff: [mia]) { snapshot, _ in snapshot.away == [ann] }
            try expect(try await desk.renew([DeskClaim(ann)], staff: []).hasChanged, true, "a change")
            try expect(try await desk.snapshot().away, [], "those who are away")
            let done = try await sweep(desk, staff: [mia]) { $1.ended.count > 0 }
            try expect(done.ended, [DeskSweep.Talk(customer: ann, staff: mia)], "the ended talks")
            try expect(try await desk.snapshot().talks, [], "the talks")
            let late = try await desk.renew([DeskClaim(ann, staff: mia, order: 1)], staff: [mia])
            try expect(late.ended, [ann], "those who are not at the desk")
        },
        SupportDeskContract("after a time in which nobody could call the desk, leases last until they can be renewed") {
            let desks = try $0(hasty)
            let customers = try names("ann", "bob", "cem")
            let staff = try names("mia", "ben")
            for customer in customers { _ = try await desks[0].enter(customer) }
            _ = try await desks[0].take(customers[0], for: staff[0])
            let before = try await desks[0].snapshot()
            // Longer than a lease: as if the store's server were away.
            try await Task.sleep(for: .seconds(3))
            // The first front that is back has bob and ben; ann, cem and mia are with another.
            let desk = desks[desks.count - 1]
            _ = try await desk.renew([DeskClaim(customers[1])], staff: [staff[1]])
            let sweep = try await desk.sweep()
            try expect(sweep.abandoned, [], "the abandoned talks")
            let after = try await desk.snapshot()
            try expect(after.pairs, before.pairs, "the talks")
            try expect(after.queue, before.queue, "the queue")
            try expect(after.away, [], "those who are away")
            // Who does not come is gone in the end all the same.
            let done = try await Self.sweep(desk, renewing: [customers[1]], staff: [staff[1]]) { snapshot, sweep in
                sweep.abandoned.count > 0
            }
            try expect(done.abandoned, [DeskSweep.Talk(customer: customers[0], staff: staff[0])], "the abandoned talks")
        },
        SupportDeskContract("many talks of staff who are gone come back to the queue in some sweeps, in their order") {
            let desk = try $0(hasty)[0]
            let (mia, ben) = (try names("mia")[0], try names("ben")[0])
            let customers = try (0..<250).map { try UserName("c\($0)") }
            for start in stride(from: 0, to: 250, by: 125) {
                let claims = customers[start..<start + 125].enumerated().map { index, customer in
                    DeskClaim(customer, staff: mia, order: start + index + 1)
                }
                _ = try await desk.renew(claims, staff: [mia])
            }
            var abandoned: [[UserName]] = []
            let end = ContinuousClock.now + .seconds(60)
            while abandoned.joined().count < 250 {
                try Unexpected.unless(ContinuousClock.now < end, "\(abandoned.map(\.count)) talks were abandoned")
                for start in [0, 125] {
                    let claims = customers[start..<start + 125].map { DeskClaim($0) }
                    _ = try await desk.renew(claims, staff: [ben])
                }
                let sweep = try await desk.sweep()
                if !sweep.abandoned.isEmpty { abandoned.append(sweep.abandoned.map(\.customer)) }
                let snapshot = try await desk.snapshot()
                let isThere = snapshot.staff.contains(mia)
                try expect(isThere, !snapshot.talks.isEmpty, "whether she is there as long as she has talks")
                try await Task.sleep(for: .milliseconds(10))
            }
            try expect(abandoned.map(\.count), [100, 100, 50], "how many talks the sweeps took")
            try expect(abandoned.reversed().flatMap { $0 }, customers, "the abandoned talks")
            try expect(try await desk.snapshot().queue, customers, "the queue")
        },
        SupportDeskContract("a customer who comes back after the staff member went too is first in the queue") {
            let desk = try $0(DeskLimits(lease: .seconds(2)))[0]
            let customers = try names("ann", "bob")
            let mia = try names("mia")[0]
            for customer in customers { _ = try await desk.enter(customer) }
            _ = try await desk.takeNext(for: mia)
            _ = try await sweep(desk, renewing: [customers[1]]) { snapshot, _ in snapshot.talks.isEmpty }
            // Both lapsed: she is not shown in the queue before she is back, whichever lapsed first.
            _ = try await sweep(desk, renewing: [customers[1]]) { snapshot, _ in snapshot.queue == [customers[1]] }
            _ = try await desk.enter(customers[0])
            try expect(try await desk.snapshot().queue.first, customers[0], "the head of the queue")
        },
    ]
}
