import Foundation

extension MusterFront {
    /// How much memory the front holds.
    func residentBytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.pid)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        guard let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) }) else {
            throw HarnessError.unexpected("no VmRSS of process \(process.pid)")
        }
        return kilobytes * 1024
    }
}
