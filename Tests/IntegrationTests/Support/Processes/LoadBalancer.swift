import Foundation

/// A real HAProxy over fronts of a test, run with the repository's own `Scripts/haproxy.cfg`.
final class LoadBalancer: Sendable {
    /// The TCP port on 127.0.0.1 that clients use.
    let port: Int
    let process: ChildProcess

    /// The load balancer's address, without a path.
    var url: String { "http://127.0.0.1:\(port)" }

    /// The address of a WebSocket path behind the load balancer.
    func webSocketURL(_ path: String = "/ws/online_number/") -> String { "ws://127.0.0.1:\(port)\(path)" }

    private init(port: Int, process: ChildProcess) {
        self.port = port
        self.process = process
    }

    /// Starts HAProxy and waits until it accepts connections.
    ///
    /// - Parameter frontPorts: The ports of one to three fronts on 127.0.0.1.
    /// - Returns: The running load balancer; how it sees its fronts shows only after its first checks.
    /// - Throws: ``HarnessError`` when haproxy is not installed or rejects its configuration.
    static func start(frontPorts: [Int]) async throws -> LoadBalancer {
        let limit = ResourceLimits.raiseOpenFiles()
        let port = try FreePort.pick()
        var environment = [
            "MUSTER_BIND": "127.0.0.1:\(port)",
            "MUSTER_MAXCONN": String(min(100_000, (limit - 200) / 2)),
        ]
        for (index, front) in frontPorts.enumerated() {
            environment["MUSTER_FRONT_\(index + 1)"] = "127.0.0.1:\(front)"
        }
        let configuration = Repository.root.appendingPathComponent("Scripts/haproxy.cfg").path
        let process = try await ChildProcess.start("haproxy", ["-db", "-f", configuration], environment: environment)
        let balancer = LoadBalancer(port: port, process: process)
        try await eventually("HAProxy on port \(port)") {
            try process.requireRunning()
            return !FreePort.isFree(port)
        }
        return balancer
    }

    /// Waits until HAProxy has noticed that a front no longer answers `/readyz` with 200.
    ///
    /// - Parameters:
    ///   - number: The front's place in the list given to ``start(frontPorts:)``, from 1.
    ///   - timeout: HAProxy looks once a second and believes the second failure.
    /// - Throws: ``HarnessError/timedOut(waitingFor:after:detail:)``.
    func waitUntilDown(front number: Int, timeout: Duration = .seconds(20)) async throws {
        try await process.waitForLine(containing: "Server fronts/front\(number) is DOWN", timeout: timeout)
    }

    /// Sends a GET request through the load balancer.
    func get(_ path: String) async throws -> (status: Int, body: String) {
        let response = try await HTTPExchange.send(url + path)
        return (response.status, response.body)
    }

    /// Ends HAProxy with all connections through it; safe to call twice.
    func stop() async { await process.stop() }
}
