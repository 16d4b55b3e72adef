import ChannelLayers
import Consumers
import NIOCore
import Testing
import WebSocketServer

@Suite("Front: drain", .timeLimit(.minutes(2)))
struct DrainTests {
    @Test("during the delay it is unready, says so on kept-alive connections too, and takes connections")
    func delay() async throws {
        try await withFront(.test(drainDelay: .seconds(600))) { front in
            let early = try await front.open(in: "room")
            let keptAlive = try await front.connect()
            try await keptAlive.send(Requests.get("/readyz"))
            #expect(try await keptAlive.reply()?.status == 200)
            await front.shutDown()
            try await eventually("the front is unready") {
                try await keptAlive.send(Requests.get("/readyz"))
                return try await keptAlive.reply()?.status == 503
            }
            let new = try await front.connect()
            try await new.send(Requests.get("/readyz"))
            let reply = try #require(try await new.reply())
            #expect(reply.status == 503)
            #expect(reply.body == "draining\n")
            try await new.send(Requests.get("/healthz"))
            #expect(try await new.reply()?.status == 200)
            let late = try await front.open(in: "room")
            for client in [early, late] {
                try await client.send(text: "still here")
                #expect(try await client.text() == "still here")
            }
            #expect(front.front.connectionCount == 2)

            front.front.hurry()
            for client in [early, late] {
                #expect(try await client.closeFrame().code == .serviceRestart)
                try await client.send(close: .serviceRestart)
                try await client.end()
            }
            try await keptAlive.end()
            try await front.finish()
            #expect(front.front.connectionCount == 0)
            #expect(try await front.layer.groupCount("room") == 0)
        }
    }

    @Test("connections are closed one after the other, evenly over the drain time, and leave the count as they close")
    func even() async throws {
        try await withFront(.test(drainTime: .seconds(8))) { front in
            var clients: [RawClient] = []
            for _ in 0..<20 { clients.append(try await front.open(in: "room")) }
            let start = ContinuousClock.now
            await front.shutDown()
            var closings = try await withThrowingTaskGroup(of: (Duration, Int).self) { group in
                for client in clients {
                    group.addTask {
                        #expect(try await client.closeFrame().code == .serviceRestart)
                        let time = ContinuousClock.now - start
                        let count = try await front.layer.groupCount("room")
                        try await client.send(close: .serviceRestart)
                        try await client.end()
                        return (time, count)
                    }
                }
                return try await group.reduce(into: [(Duration, Int)]()) { $0.append($1) }
            }
            closings.sort { $0.0 < $1.0 }
            // Nobody before the time comes, however the connections are spread over the two event loops, each of which
            // closes its first one at once. A busy machine closes late, so for that there is half of the drain time.
            for (number, (time, count)) in closings.enumerated() {
                #expect(time > .milliseconds(400 * (number - 1) - 20))
                // Whoever is told has left already.
                #expect(count < 20 - number)
            }
            #expect(closings[0].0 < .seconds(4))
            try await front.finish()
            #expect(try await front.layer.groupCount("room") == 0)
        }
    }

    @Test("without connections there is no drain time")
    func nobody() async throws {
        try await withFront(.test(drainTime: .seconds(600))) { front in
            await front.shutDown()
            try await front.finish()
        }
    }

    @Test("hurry closes at once who was to be closed later, and a cancellation does too", arguments: [true, false])
    func hurry(byHurry: Bool) async throws {
        try await withFront(.test(closeTimeout: .seconds(60), drainTime: .seconds(600))) { front in
            var clients: [RawClient] = []
            for _ in 0..<8 { clients.append(try await front.open(in: "room")) }
            await front.shutDown()
            try await eventually("the drain has begun") { try await front.layer.groupCount("room") < 8 }
            #expect(try await front.layer.groupCount("room") > 0)
            if byHurry { front.front.hurry() } else { front.cancel() }
            for client in clients {
                #expect(try await client.closeFrame().code == .serviceRestart)
                try await client.send(close: .serviceRestart)
                try await client.end()
            }
            try await front.finish()
            #expect(try await front.layer.groupCount("room") == 0)
        }
    }

    @Test("a client that never answers the close frame holds a drain up for the close timeout")
    func deaf() async throws {
        try await withFront(.test(closeTimeout: .seconds(1), drainTime: .milliseconds(200))) { front in
            let deaf = try await front.open(in: "room")
            await front.shutDown()
            try await eventually("it has left its group") { try await front.layer.groupCount("room") == 0 }
            try await front.finish()
            #expect(try await deaf.closeFrame().code == .serviceRestart)
            try await deaf.end()
        }
    }
}
