import ArgumentParser
import ChannelLayers
import Foundation
import RedisBackends

/// `muster doctor`: whether the counts are true, and what to do if not.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Compare every group with the live fronts.",
        discussion: """
            Exit status 0: all is well. 1: something is wrong, and stays so. 2: Redis could not be asked.

            Nothing of a front with a good lease is ever removed. Members of Django processes are judged, and removed, \
            only with --django.

            A fault is reported only if several looks, a second apart, show it: what changes meanwhile is no fault.
            """
    )

    @Flag(help: "Remove what is provably dead, and ask live fronts to write what is missing.")
    var repair = false

    @Flag(help: "Judge the members of Django processes too, by the mailboxes that they leave unread.")
    var django = false

    @Option(
        help: """
            With --django, for how many seconds a mailbox has to be unread; less than --expiry of Django's layer, which \
            drops older messages.
            """
    )
    var unreadFor = 30

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var options: RedisOptions

    func validate() throws {
        guard (1...86_400).contains(unreadFor) else { throw ValidationError("--unread-for is 1 to 86400 seconds") }
    }

    func run() async throws {
        do {
            let isWell = try await options.withRedis { [self] hosts, configuration in
                try await run(hosts, configuration)
            }
            guard isWell else { throw ExitCode(1) }
        } catch let failure as CommandFailure {
            FileHandle.standardError.write(Data("Error: \(failure)\n".utf8))
            throw ExitCode(2)
        }
    }

    /// Looks, mends if it is to, and prints; returns whether all is well in the end.
    private func run(_ hosts: RedisHosts, _ configuration: RedisChannelLayerConfiguration) async throws -> Bool {
        let doctor = Doctor(hosts: hosts, unreadFor: django ? .seconds(unreadFor) : nil)
        let found = try await doctor.check()
        let before = DoctorReport(found)
        guard repair, !found.isClean else {
            print(json ? try JSONText.of(before) : before.text(advice: advice(found)))
            return found.isClean
        }
        if !json { print(before.text(advice: nil)) }
        let (treatment, left) = try await doctor.repair(found, configuration)
        let after = RepairReport(before: before, treatment: treatment, after: DoctorReport(left))
        print(json ? try JSONText.of(after) : after.text(advice: advice(left)))
        return left.isClean
    }

    /// What to do about it.
    private func advice(_ checkup: Checkup) -> String? {
        guard !checkup.isClean else { return nil }
        if !checkup.mistypedKeys.isEmpty {
            return "Rename or delete the keys of the wrong type: no front made them, and none removes them."
        }
        let fronts = "See muster fronts for who is alive"
        return repair
            ? "\(fronts); a live front that does not write its members says why in /readyz and its log."
            : "\(fronts); muster doctor --repair\(django ? " --django" : "") mends this."
    }
}
