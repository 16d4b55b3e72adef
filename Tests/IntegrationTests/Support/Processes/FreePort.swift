import Glibc

/// Picks TCP ports for servers that cannot choose one themselves.
enum FreePort {
    /// A port on 127.0.0.1 that is free now, below the kernel's range for outgoing connections.
    ///
    /// A port that `bind` to 0 yields lies inside that range: while a server is down between two lives, one of the
    /// thousands of client sockets of a test could be given it.
    static func pick() throws -> Int {
        for _ in 0..<200 {
            let port = Int.random(in: 10_240..<32_768)
            if isFree(port) { return port }
        }
        throw HarnessError.unexpected("found no free TCP port between 10240 and 32767 on 127.0.0.1")
    }

    static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        // Sound: `bind` only reads the bytes of the address for as long as the call lasts.
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return result == 0
    }
}
