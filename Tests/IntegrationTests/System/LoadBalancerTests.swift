import Foundation
import Testing

/// The whole deployment: HAProxy before fronts on one Redis, browsers before HAProxy.
@Suite("Behind a load balancer")
struct LoadBalancerTests {
    @Test("Clients through HAProxy land on every front and share one count")
    func spreadsClients() async throws {
        try await withFronts(3) { fronts in
            let balancer = try await LoadBalancer.start(frontPorts: fronts.fronts.map(\.port))
            try await eventually("HAProxy sees a ready front") { try await balancer.get("/readyz").status == 200 }
            let swarm = try await ClientSwarm.open(300, balancer.webSocketURL())
            try await swarm.waitUntilAllLastFrames(equal: #"{"message": "300"}"#)
            #expect(try await fronts.count() == 300)
            for index in 0..<3 {
                #expect(try await fronts.metric("muster_connections", of: index) >= 50)
            }
            try await swarm.close(.max)
            try await fronts.waitUntilCount(0)
            await balancer.stop()
        }
    }

    @Test("Two browser windows on two fronts show one number, going up and down")
    func twoWindows() async throws {
        try await withFronts(2) { fronts in
            let balancer = try await LoadBalancer.start(frontPorts: fronts.fronts.map(\.port))
            try await eventually("HAProxy sees a ready front") { try await balancer.get("/readyz").status == 200 }
            try await withBrowser { browser in
                // The page is four requests of one kept-alive connection, and its WebSocket a connection of its own:
                // which front that reaches is HAProxy's choice, so windows are opened until both fronts have one.
                let first = try await browser.open(balancer.url + "/online/")
                try await first.waitFor(elementID: "count", toRead: "1")
                var windows = [first]
                while try await !bothHaveOne(fronts), windows.count < 6 {
                    windows.append(try await browser.open(balancer.url + "/online/"))
                    for window in windows { try await window.waitFor(elementID: "count", toRead: "\(windows.count)") }
                }
                #expect(try await bothHaveOne(fronts))
                #expect(windows.count >= 2)
                #expect(try await fronts.count() == windows.count)
                let pictures = try Repository.screenshots()
                try await first.screenshot(to: pictures.appendingPathComponent("online-first.png").path)
                try await windows.last?.screenshot(to: pictures.appendingPathComponent("online-last.png").path)

                while windows.count > 1, let last = windows.popLast() {
                    try await last.close()
                    for window in windows { try await window.waitFor(elementID: "count", toRead: "\(windows.count)") }
                }
                #expect(try await first.evaluate("document.getElementById('state').textContent") == "connected")
            }
            try await fronts.waitUntilCount(0)
            await balancer.stop()
        }
    }

    private func bothHaveOne(_ fronts: Fronts) async throws -> Bool {
        for index in 0..<2 where try await fronts.metric("muster_connections", of: index) == 0 { return false }
        return true
    }

    @Test("A window whose front is stopped comes back on the other")
    func survivesAFront() async throws {
        try await withFronts(2) { fronts in
            let balancer = try await LoadBalancer.start(frontPorts: fronts.fronts.map(\.port))
            try await eventually("HAProxy sees a ready front") { try await balancer.get("/readyz").status == 200 }
            try await withBrowser { browser in
                let page = try await browser.open(balancer.url + "/online/")
                try await page.waitFor(elementID: "count", toRead: "1")
                let index = try await fronts.metric("muster_connections", of: 0) == 1 ? 0 : 1
                try await fronts[index].terminate()
                try await page.waitFor(elementID: "count", toRead: "1", timeout: .seconds(30))
                try await eventually("the page at the other front", timeout: .seconds(30)) {
                    try await fronts.metric("muster_connections", of: 1 - index) == 1
                }
                #expect(try await fronts.count() == 1)
            }
            await balancer.stop()
        }
    }
}
