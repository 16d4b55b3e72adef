/// Runs `body` with ready fronts on one Redis, and with HAProxy before them.
func withBalancedFronts<Result>(
    _ count: Int,
    arguments: [String] = [],
    _ body: (Fronts, LoadBalancer) async throws -> Result
) async throws -> Result {
    try await withFronts(count, arguments: arguments) { fronts in
        let balancer = try await LoadBalancer.start(frontPorts: fronts.fronts.map(\.port))
        do {
            try await eventually("HAProxy sees all fronts") {
                // It starts with all of them up: the first look of each has to be over.
                try await balancer.get("/readyz").status == 200
            }
            let result = try await body(fronts, balancer)
            await balancer.stop()
            return result
        } catch {
            await balancer.stop()
            throw error
        }
    }
}

extension Fronts {
    /// How many connections each front has.
    func connections() async throws -> [Double] {
        var connections: [Double] = []
        for index in fronts.indices { connections.append(try await metric("muster_connections", of: index)) }
        return connections
    }
}
