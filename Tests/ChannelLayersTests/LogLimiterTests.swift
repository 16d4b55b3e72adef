import ChannelLayers
import Testing

struct LogLimiterTests {
    @Test("One line per interval passes and says how many did not")
    func flood() {
        let limiter = LogLimiter(interval: .seconds(60))
        let start = ContinuousClock.now
        #expect(limiter.admit(now: start) == 0)
        for second in 1..<60 { #expect(limiter.admit(now: start + .seconds(second)) == nil) }
        #expect(limiter.admit(now: start + .seconds(60)) == 59)
        #expect(limiter.admit(now: start + .seconds(119)) == nil)
        #expect(limiter.admit(now: start + .seconds(500)) == 1)
        #expect(limiter.admit(now: start + .seconds(560)) == 0)
    }
}
