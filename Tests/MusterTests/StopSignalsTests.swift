import Testing

@testable import Muster

struct StopSignalsTests {
    @Test("The first signal stops, the second hurries, further ones do nothing")
    func requests() {
        #expect((0..<4).map(StopSignals.Request.init(signalsBefore:)) == [.stop, .hurry, .nothing, .nothing])
    }
}
