import Applications
import MusterTesting
import Testing

@Suite("Desk in memory")
struct InMemoryDeskTests {
    @Test("It keeps every promise of the contract", arguments: SupportDeskContract.all)
    func keeps(_ contract: SupportDeskContract) async throws {
        try await contract.check { [InMemoryDesk($0)] }
    }
}
