import Foundation

/// The Django project in Tests/Django/sample, running: uvicorn for its WebSockets, and workers for the channel `jobs`.
final class SampleProject: Sendable {
    /// uvicorn's port on 127.0.0.1.
    let port: Int
    let server: ChildProcess
    let workers: [ChildProcess]

    /// The address of a WebSocket path of the project.
    func webSocketURL(_ path: String = "/ws/online_number/") -> String { "ws://127.0.0.1:\(port)\(path)" }

    private init(port: Int, server: ChildProcess, workers: [ChildProcess]) {
        self.port = port
        self.server = server
        self.workers = workers
    }

    /// Starts the project and waits until it takes connections and jobs.
    ///
    /// - Parameters:
    ///   - hosts: Its Redis hosts.
    ///   - kind: Its channel layer.
    ///   - wire: How its layer writes messages.
    ///   - count: How many processes run `manage.py runworker jobs`.
    /// - Returns: The running project.
    /// - Throws: ``HarnessError`` when a process ends or does not come up.
    static func start(
        hosts: [String],
        kind: DjangoLayer.Kind = .core,
        wire: Wire = .messagePack,
        workers count: Int = 1
    ) async throws -> SampleProject {
        let settings = [
            "MUSTER_REDIS": hosts.joined(separator: ","),
            "MUSTER_SERIALIZER": wire.serializer.rawValue,
            "MUSTER_ENCRYPTION_KEYS": wire.encryptionKeys.joined(separator: ","),
            "DJANGO_CHANNEL_LAYER": kind.rawValue,
        ]
        let environment = settings.merging(PythonEnvironment.environment) { _, fixed in fixed }
        let python = try PythonEnvironment.interpreter()
        let port = try FreePort.pick()
        let server = try await ChildProcess.start(
            python,
            [
                "-m", "uvicorn", "--app-dir", PythonEnvironment.path("sample"), "--host", "127.0.0.1",
                "--port", String(port), "--no-access-log", "project.asgi:application",
            ],
            environment: environment
        )
        var workers: [ChildProcess] = []
        for _ in 0..<count {
            let arguments = [PythonEnvironment.path("sample/manage.py"), "runworker", "jobs"]
            workers.append(try await ChildProcess.start(python, arguments, environment: environment))
        }
        try await server.waitForLine(containing: "Uvicorn running on", timeout: .seconds(40))
        for worker in workers {
            try await worker.waitForLine(containing: "Running worker for channels", timeout: .seconds(40))
        }
        return SampleProject(port: port, server: server, workers: workers)
    }

    /// Ends the workers; the WebSocket server goes on.
    func stopWorkers() async {
        for worker in workers { await worker.stop() }
    }

    /// Ends all processes; safe to call twice.
    func stop() async {
        await server.stop()
        await stopWorkers()
    }
}

/// Runs `body` beside the sample project and stops the project whatever happens.
func withSampleProject<Result>(
    _ project: SampleProject,
    _ body: (SampleProject) async throws -> Result
) async throws -> Result {
    do {
        let result = try await body(project)
        await project.stop()
        return result
    } catch {
        await project.stop()
        throw error
    }
}
