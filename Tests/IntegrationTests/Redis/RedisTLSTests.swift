import Redis
import Testing

/// `rediss://` against a server with a certificate of a CA of the test's own.
@Suite("Redis: TLS", .timeLimit(.minutes(2)))
struct RedisTLSTests {
    /// The files of a CA, and of a certificate for `localhost` only.
    private struct Certificates {
        let directory: TemporaryDirectory
        var authority: String { directory.path + "/ca.pem" }

        init() async throws {
            directory = try TemporaryDirectory(prefix: "redis-tls")
            let path = directory.path
            let script = """
                set -e; cd '\(path)'
                printf 'subjectAltName=DNS:localhost\\n' > san
                openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj '/CN=Test CA'
                openssl req -newkey rsa:2048 -nodes -keyout key.pem -out request.pem -subj '/CN=Test Redis'
                openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -out cert.pem -days 2 -extfile san
                """
            let result = try await ChildProcess.run("sh", ["-c", script])
            guard result.status == .exited(0) else {
                throw HarnessError.commandFailed(command: "openssl", output: result.standardError)
            }
        }

        func serverArguments(port: Int) -> [String] {
            [
                "--tls-port", String(port), "--tls-cert-file", directory.path + "/cert.pem",
                "--tls-key-file", directory.path + "/key.pem", "--tls-ca-cert-file", authority, "--tls-auth-clients",
                "no",
            ]
        }
    }

    @Test("The certificate is checked against the CA and the host name; plain and TLS do not mix silently")
    func verification() async throws {
        let certificates = try await Certificates()
        let port = try FreePort.pick()
        try await withTestRedis(arguments: certificates.serverArguments(port: port)) { redis in
            let trusting = RedisClientConfiguration(caFile: certificates.authority)
            try await withRedisClient("rediss://localhost:\(port)", configuration: trusting) { client in
                let value = [UInt8](repeating: 7, count: 300_000)
                _ = try await client.ask("SET", "k", RedisArgument(value))
                #expect(try await client.ask("GET", "k") == .bulk(value))
            }
            let untrusted = await error(of: "rediss://localhost:\(port)", .init())
            #expect(untrusted?.code == .tls)
            #expect(untrusted?.message.contains("the certificate is not trusted; check the CA file") == true)
            let misnamed = await error(of: "rediss://127.0.0.1:\(port)", trusting)
            #expect(misnamed?.code == .tls)
            #expect(misnamed?.message.contains("the certificate names this host") == true)
            // A plain server takes the start of TLS for the start of a command and waits for more.
            let impatient = RedisClientConfiguration(commandTimeout: .milliseconds(300), caFile: certificates.authority)
            let plainPort = await error(of: "rediss://localhost:\(redis.port)", impatient)
            #expect(plainPort?.message.contains("does this port speak TLS?") == true)
            let tlsPort = await error(of: "redis://localhost:\(port)", .init())
            #expect(tlsPort?.message.contains("does this port want TLS? Then use rediss://") == true)
        }
    }

    @Test("A CA file that is not there stops run() with its name")
    func missingAuthority() async throws {
        let error = await error(of: "rediss://localhost:1", .init(caFile: "/no/such/ca.pem"))
        #expect(error?.code == .tls)
        #expect(error?.message.contains("/no/such/ca.pem") == true)
        let configuration = RedisClientConfiguration(caFile: "/no/such/ca.pem")
        try await withRedisSubscriber("rediss://localhost:1", configuration: configuration) { subscriber, _ in
            let refusal = await #expect(throws: RedisError.self) { try await subscriber.subscribe([.channel("a")]) }
            #expect(refusal?.code == .shutDown, "nobody waits for a connection that will never be")
        }
    }

    private func error(of url: String, _ configuration: RedisClientConfiguration) async -> RedisError? {
        do {
            try await withUnconnectedClient(url, configuration: configuration) { client in
                try await client.waitUntilReady(timeout: .seconds(2))
            }
            return nil
        } catch {
            return error as? RedisError
        }
    }
}
