import Testing

@testable import Applications

/// What a client is told of what is missing.
struct MissingNewsTests {
    @Test("Each that is missing is told once, and is known once it is acknowledged")
    func tellsOnce() {
        var news = MissingNews()
        #expect(news.news(missing: 0, lost: 0) == nil)
        #expect(news.acknowledged(1) == nil)
        #expect(news.news(missing: 3, lost: 10) == 3)
        #expect(news.news(missing: 3, lost: 10) == nil)
        #expect(news.news(missing: 5, lost: 12) == 2)
        #expect(news.acknowledged(3) == 10)
        // Another client knows of all; more go.
        #expect(news.news(missing: 1, lost: 20) == 1)
        #expect(news.acknowledged(1) == 11)
        #expect(news.acknowledged(9) == 20)
        #expect(news.acknowledged(1) == nil)
        // The server has come back empty.
        #expect(news.news(missing: 2, lost: 2) == 2)
        #expect(news.acknowledged(2) == 2)
    }

    @Test("A client that acknowledges nothing costs no more and more")
    func bounded() {
        var news = MissingNews()
        for lost in 1...1000 { #expect(news.news(missing: lost, lost: lost) == 1) }
        #expect(news.acknowledged(900) == 1000 - 100)
        #expect(news.acknowledged(1000) == 1000)
    }

    @Test("That a user is here is noted again after a minute, and not before")
    func sighting() {
        var sighting = Sighting()
        let start = ContinuousClock.now
        let due = [0, 0, 59, 60, 61, 119, 120, 500].filter { sighting.isDue(at: start + .seconds($0)) }
        #expect(due == [0, 60, 120, 500])
    }
}
