import Messages
import NIOCore
import Testing

/// The sample Django project and two fronts on one Redis.
@Suite("Fronts beside a Django project")
struct FrontsBesideDjangoTests {
    @Test("One number of people online, whichever server they are connected to", arguments: [Wire.messagePack, .json])
    func onlineNumber(wire: Wire) async throws {
        try await withFronts(2, arguments: wire.options) { fronts in
            try await withSampleProject(.start(hosts: [fronts.redis.url], wire: wire, workers: 0)) { project in
                let urls = [project.webSocketURL(), fronts[0].webSocketURL(), fronts[1].webSocketURL()]
                var clients: [WebSocketClient] = []
                for number in 1...9 {
                    clients.append(try await WebSocketClient.connect(urls[number % urls.count]))
                    try await everyone(clients, sees: number, fronts)
                }
                // Each server in turn loses one.
                for number in (6...8).reversed() {
                    try await clients.removeFirst().close()
                    try await everyone(clients, sees: number, fronts)
                }
                // The number that all have seen was the last one.
                for client in clients {
                    await #expect(throws: HarnessError.self) {
                        let text = try await client.nextText(timeout: .milliseconds(200))
                        #expect(text == #"{"message": "6"}"#)
                        _ = try await client.nextText(timeout: .milliseconds(200))
                    }
                }
                // One after the other: a Django consumer that is told a number while its socket closes raises, and stays.
                for (number, client) in clients.enumerated() {
                    try await client.close()
                    try await fronts.waitUntilCount(clients.count - number - 1)
                }
            }
        }
    }

    @Test("A front hands connections to a Django worker: accepted, echoed, in a group, closed with its code")
    func worker() async throws {
        try await withFronts(2, arguments: ["--worker", "/worker/<room>/=jobs"]) { fronts in
            // One worker: channels_redis' workers take back from each other what one of them has in hand, and do it twice.
            try await withSampleProject(.start(hosts: [fronts.redis.url], workers: 1)) { project in
                let first = try await WebSocketClient.connect(fronts[0].webSocketURL("/worker/blue/"))
                let second = try await WebSocketClient.connect(fronts[1].webSocketURL("/worker/blue/"))
                for text in ["hello", "Zoë 🦊"] {
                    try await first.send(text: text)
                    #expect(try await first.nextText() == text)
                }
                try await second.send(binary: [0, 1, 255])
                #expect(try await second.next() == .binary(ByteBuffer(bytes: [0, 1, 255])))

                try await eventually("both are in the group") { try await fronts.count("blue") == 2 }
                for kind in DjangoLayer.Kind.allCases {
                    let django = try await DjangoLayer.start(kind, .init(hosts: [fronts.redis.url]))
                    let text = "to all, by \(kind.rawValue)"
                    try await django.groupSend(Message(type: "websocket.send", ["text": .string(text)]), to: "blue")
                    #expect(try await first.nextText() == text)
                    #expect(try await second.nextText() == text)
                    await django.stop()
                }

                try await first.send(text: "close")
                #expect(try await first.waitForClose().code == 4000)
                try await eventually("the group has one member") { try await fronts.count("blue") == 1 }
                try await second.send(text: "still here")
                #expect(try await second.nextText() == "still here")
                for worker in project.workers { #expect(worker.isRunning) }
            }
        }
    }

    @Test("Without a worker a connection is closed with 1013")
    func noWorker() async throws {
        try await withFronts(1, arguments: ["--worker", "/worker/<room>/=jobs"]) { fronts in
            let client = try await WebSocketClient.connect(fronts[0].webSocketURL("/worker/blue/"))
            #expect(try await client.waitForClose(timeout: .seconds(15)).code == 1013)
            #expect(try await fronts.metric("muster_worker_timeouts_total", of: 0) == 1)
        }
    }

    /// Each client is told the number, and Redis says it too.
    private func everyone(_ clients: [WebSocketClient], sees number: Int, _ fronts: Fronts) async throws {
        for client in clients { try await client.skipTexts(until: #"{"message": "\#(number)"}"#) }
        #expect(try await fronts.count() == number)
    }
}
