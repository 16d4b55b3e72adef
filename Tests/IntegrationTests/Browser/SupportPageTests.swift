import Testing

/// Customer service as customers and staff see it, in windows on different fronts.
@Suite("Pages: customer service")
struct SupportPageTests {
    /// What stands in the conversation in sight, without times; a file as its element's name.
    private static let lines = """
        [...document.querySelectorAll("[role=log]:not([hidden]) :is(.message, .event)")].map((line) => {
          const name = line.querySelector(".name");
          const media = line.querySelector(".media");
          const text = media ? media.querySelector("img, audio, video")?.localName ?? media.localName
            : line.lastChild.data.trim();
          return name ? `${name.textContent}: ${text}` : text;
        })
        """
    private static let queue = "[...document.querySelectorAll('#queue .who')].map(e => e.textContent).join()"
    private static let own = "[...document.querySelectorAll('#own button')].map(e => e.textContent).join()"
    private static let counts =
        "['waiting', 'talks', 'staff'].map(id => document.getElementById(id).textContent).join()"

    private static let lost = "Probably not sent: lost"
    private static let notQueued = "You are not in the queue."

    private func open(_ browser: Browser, customer name: String, at front: MusterFront) async throws -> Page {
        try await browser.open(front.url + "/support/?name=\(name)")
    }

    private func open(_ browser: Browser, staff name: String, at front: MusterFront) async throws -> Page {
        try await browser.open(front.url + "/support/staff/?name=\(name)")
    }

    @Test("Customers see their places move, the first is taken, and both sides talk, with text and a picture")
    func queueAndTalk() async throws {
        let media = try TemporaryDirectory(prefix: "muster-media")
        try await withFronts(2, arguments: ["--media-directory", media.path]) { fronts in
            try await withBrowser { browser in
                let ann = try await open(browser, customer: "ann", at: fronts[0])
                try await ann.waitFor(elementID: "status", toRead: "You are next. Waiting in all: 1.")
                let bob = try await open(browser, customer: "bob", at: fronts[1])
                try await bob.waitFor(elementID: "status", toRead: "Your place in the queue: 2. Waiting in all: 2.")
                try await ann.waitFor(elementID: "status", toRead: "You are next. Waiting in all: 2.")
                try await bob.keepPicture("support-queue")
                let mia = try await open(browser, staff: "mia", at: fronts[1])
                try await mia.waitFor(Self.queue, equals: "ann,bob")
                try await mia.waitFor(Self.counts, equals: "2,0,1")
                // A click on what stays in the list is not lost while the list changes.
                _ = try await mia.evaluate(
                    """
                    (() => {
                      window.removed = [];
                      new MutationObserver((changes) => {
                        for (const { removedNodes } of changes) removed.push(...removedNodes);
                      }).observe(document.getElementById("queue"), { childList: true });
                      window.kept = document.querySelector("#queue li:last-child");
                    })()
                    """
                )

                try await mia.click("next")
                try await ann.waitFor(elementID: "status", toRead: "You are talking with mia.")
                try await bob.waitFor(elementID: "status", toRead: "You are next. Waiting in all: 1.")
                try await mia.waitFor(elementID: "customer", toRead: "ann")
                try await mia.waitFor(Self.counts, equals: "1,1,1")
                try await mia.waitFor("document.activeElement.id", equals: "text")
                try await ann.enter("Where is my parcel?", into: "text")
                try await mia.waitFor(Self.lines, equals: #"["mia is here.","ann: Where is my parcel?"]"#)
                try await mia.enter("<b>Here</b>", into: "text")
                try await mia.choose("[\(MadeFiles.picture())]")
                let all = #"["mia is here.","ann: Where is my parcel?","mia: <b>Here</b>","mia: img"]"#
                for page in [ann, mia] { try await page.waitFor(Self.lines, equals: all) }
                // Pictures are loaded once somebody looks.
                try await ann.keepPicture("support-talk")
                try await ann.waitFor("document.querySelector('#log img').naturalWidth", equals: "64")
                #expect(try await ann.evaluate("document.querySelectorAll('#log b:not(.name)').length") == "0")

                // A second conversation: the first is marked when something is said in it.
                try await mia.waitFor(Self.queue, equals: "bob")
                #expect(try await mia.evaluate("removed.length") == "1")
                #expect(try await mia.evaluate("kept === document.querySelector('#queue li')") == "true")
                try await mia.type("for ann")
                _ = try await mia.evaluate("document.querySelector('#queue button').click()")
                try await mia.waitFor(elementID: "customer", toRead: "bob")
                // What was typed for one is not sent to the other.
                #expect(try await mia.evaluate("document.getElementById('text').value") == "")
                try await mia.type("for bob")
                try await ann.enter("Thank you!", into: "text")
                try await mia.waitFor(Self.own, equals: "ann1,bob")
                for (width, height) in [(320, 640), (1000, 700)] {
                    try await mia.resize(width: width, height: height)
                    try await ann.resize(width: width, height: height)
                    for dark in [false, true] {
                        for (name, page) in [("staff", mia), ("customer", ann)] {
                            try await page.prefer(dark: dark)
                            #expect(try await page.flaws(atWidth: width) == [])
                            try await page.keepPicture("support-talk-\(name)-\(width)\(dark ? "-dark" : "")")
                        }
                    }
                }
                _ = try await mia.evaluate("document.querySelector('#own button').click()")
                try await mia.waitFor(elementID: "customer", toRead: "ann")
                try await mia.waitFor(Self.own, equals: "ann,bob")
                #expect(try await mia.evaluate("document.getElementById('text').value") == "for ann")

                // Each side ends one.
                try await mia.click("end")
                try await ann.waitFor(elementID: "leave", toRead: "Get in line again")
                try await mia.waitFor(Self.own, equals: "bob")
                try await bob.click("leave")
                try await bob.waitFor(elementID: "status", toRead: "You have ended the conversation.")
                try await mia.waitFor(Self.own, equals: "")
                try await mia.waitFor(Self.counts, equals: "0,0,1")
                // A reload is no wish to wait again.
                try await bob.navigate(to: try await bob.evaluate("location.href"))
                try await bob.waitFor(elementID: "leave", toRead: "Get in line again")
                #expect(try await bob.evaluate("document.getElementById('status').textContent") == Self.notQueued)
                #expect(try await mia.evaluate(Self.counts) == "0,0,1")
                try await ann.click("leave")
                try await ann.waitFor(elementID: "status", toRead: "You are next. Waiting in all: 1.")
            }
        }
    }

    @Test("A conversation is handed over, outlives a reload of either side, and the customer of one who goes is first")
    func handOver() async throws {
        try await withFronts(2) { fronts in
            try await withBrowser { browser in
                let ann = try await open(browser, customer: "ann", at: fronts[0])
                let mia = try await open(browser, staff: "mia", at: fronts[0])
                let ben = try await open(browser, staff: "ben", at: fronts[1])
                try await mia.waitFor(Self.queue, equals: "ann")
                _ = try await mia.evaluate("document.querySelector('#queue button').click()")
                try await ann.waitFor(elementID: "status", toRead: "You are talking with mia.")
                try await ann.enter("one", into: "text")
                try await mia.waitFor(Self.lines, equals: #"["mia is here.","ann: one"]"#)
                try await mia.waitFor("[...document.querySelectorAll('option')].map(e => e.value)", equals: #"["ben"]"#)
                _ = try await mia.evaluate("document.querySelector('#handing button').click()")
                try await mia.waitFor(Self.own, equals: "")
                try await mia.waitFor(
                    "[...document.querySelectorAll('#others li')].map(e => e.innerText)",
                    equals: #"["ann\nben"]"#
                )
                try await ann.waitFor(elementID: "status", toRead: "You are talking with ben.")
                try await ben.waitFor(elementID: "customer", toRead: "ann")
                try await ben.enter("two", into: "text")
                let lines = #"["mia is here.","ann: one","ben has taken over.","ben: two"]"#
                for page in [ann, ben] { try await page.waitFor(Self.lines, equals: lines) }
                #expect(try await mia.evaluate("document.getElementById('talk').hidden") == "true")

                for (page, id) in [(ann, "status"), (ben, "customer")] {
                    try await page.navigate(to: try await page.evaluate("location.href"))
                    try await page.waitFor(
                        elementID: id,
                        toRead: id == "customer" ? "ann" : "You are talking with ben."
                    )
                    try await page.waitFor(Self.lines, equals: lines)
                }
                try await ben.enter("three", into: "text")
                let three = #"["mia is here.","ann: one","ben has taken over.","ben: two","ben: three"]"#
                try await ann.waitFor(Self.lines, equals: three)
                try await ben.keepPicture("support-after-reload")

                let cem = try await open(browser, customer: "cem", at: fronts[1])
                try await cem.waitFor(elementID: "status", toRead: "You are next. Waiting in all: 1.")
                try await ben.close()
                try await ann.waitFor(elementID: "status", toRead: "You are next. Waiting in all: 2.")
                try await cem.waitFor(elementID: "status", toRead: "Your place in the queue: 2. Waiting in all: 2.")
                let gone = "ben has gone. You are first in the queue again."
                try await ann.waitFor("\(Self.lines).at(-1)", equals: gone)
                try await mia.waitFor(Self.queue, equals: "ann,cem")
                try await ann.keepPicture("support-first-again")
                try await mia.click("next")
                try await ann.waitFor(elementID: "status", toRead: "You are talking with mia.")
                try await mia.waitFor("\(Self.lines).slice(0, 5)", equals: three)
                try await ann.close()
                try await mia.waitFor("document.getElementById('away').hidden", equals: "false")
                try await mia.keepPicture("support-away")
            }
        }
    }

    @Test("What the server has not confirmed is not said to be done: a leave is asked for again, a text comes back")
    func unconfirmed() async throws {
        let front = try await MusterFront.start()
        try await withBrowser { browser in
            let ann = try await open(browser, customer: "ann", at: front)
            try await ann.waitFor(elementID: "status", toRead: "You are next. Waiting in all: 1.")
            // From now on nothing arrives, though it seems to be sent.
            _ = try await ann.evaluate(
                """
                (async () => {
                  const { MusterSocket } = await import("/muster.mjs");
                  window.send = MusterSocket.prototype.send;
                  window.mute = () => {
                    MusterSocket.prototype.send = function () { window.socket = this; return true; };
                  };
                  window.speak = () => { MusterSocket.prototype.send = window.send; };
                  window.tell = (type, detail) => socket.dispatchEvent(new CustomEvent(type, { detail }));
                  mute();
                })()
                """
            )
            try await ann.click("leave")
            try await ann.waitFor(elementID: "leave", toRead: "Leaving …")
            _ = try await ann.evaluate("tell('message', { type: 'error', text: 'Not done.' })")
            try await ann.waitFor(elementID: "leave", toRead: "Leave the queue")

            let mia = try await open(browser, staff: "mia", at: front)
            try await mia.waitFor(Self.queue, equals: "ann")
            try await mia.click("next")
            try await ann.waitFor(elementID: "status", toRead: "You are talking with mia.")
            try await ann.enter("lost", into: "text")
            #expect(try await ann.evaluate("document.getElementById('text').value") == "")
            // A new connection, and no sign of it there.
            _ = try await ann.evaluate("speak(), tell('open')")
            try await ann.waitFor("document.getElementById('text').value", equals: "lost")
            try await ann.waitFor("document.querySelector('#log .error:last-child').textContent", equals: Self.lost)
            try await ann.keepPicture("support-lost")
            try await ann.press(.enter)
            try await mia.waitFor(Self.lines, equals: #"["mia is here.","ann: lost"]"#)
            _ = try await ann.evaluate("tell('open')")
            _ = try await ann.evaluate("new Promise((done) => setTimeout(done, 6000))")
            #expect(try await ann.evaluate("document.getElementById('text').value") == "")

            _ = try await ann.evaluate("mute()")
            try await ann.click("leave")
            try await ann.waitFor(elementID: "leave", toRead: "Leaving …")
            #expect(try await mia.evaluate("document.querySelectorAll('#own button').length") == "1")
            _ = try await ann.evaluate("speak(), tell('open')")
            try await ann.waitFor(elementID: "status", toRead: "You have ended the conversation.")
            try await mia.waitFor(Self.own, equals: "")
        }
        await front.stop()
    }

    @Test("Staff on a long day: what comes again is shown once, and of what is over fifty conversations are kept")
    func longDay() async throws {
        let front = try await MusterFront.start()
        try await withBrowser { browser in
            let page = try await browser.open(front.url + "/support/staff/")
            let result = try await page.evaluate(
                """
                (async () => {
                  const { StaffTalks } = await import("/assets/support-talks.js");
                  const forgotten = [];
                  const talks = new StaffTalks(() => {}, (customer) => forgotten.push(customer));
                  const say = (stream, id) => talks.add({ stream, id, from: "customer", name: stream, text: "hi" });
                  for (let number = 0; number < 60; number += 1) {
                    talks.begin(`c${number}`, false);
                    for (const id of ["1-0", "2-0", "1-0"]) say(`c${number}`, id);
                    talks.setAway(`c${number}`, true);
                    if (number > 0) talks.remove(`c${number}`);
                  }
                  const logs = document.querySelectorAll("[role=log]");
                  talks.begin("c0", true);
                  return [logs.length, logs[0].childElementCount, forgotten.length, forgotten[0],
                    document.getElementById("away").hidden];
                })()
                """
            )
            #expect(result == #"[51,2,9,"c1",true]"#)
        }
        await front.stop()
    }

    @Test("By keyboard alone: a name, the queue, and out of it; staff take, write and go back to the lists on a phone")
    func keyboard() async throws {
        let front = try await MusterFront.start()
        try await withBrowser { browser in
            let focus = "document.activeElement.id || document.activeElement.textContent"
            let ann = try await browser.open(front.url + "/support/")
            try await ann.waitFor(focus, equals: "name")
            try await ann.type("ann b")
            #expect(try await ann.evaluate("document.getElementById('entrance').checkValidity()") == "false")
            try await ann.enter("ann", into: "name")
            try await ann.waitFor(elementID: "status", toRead: "You are next. Waiting in all: 1.")
            let mia = try await open(browser, staff: "mia", at: front)
            try await mia.resize(width: 400, height: 800)
            try await mia.waitFor(Self.queue, equals: "ann")
            _ = try await mia.evaluate("document.getElementById('next').focus()")
            try await mia.press(.tab)
            // The list, if it can be scrolled, then its buttons.
            if try await mia.evaluate(focus).contains("ann") { try await mia.press(.tab) }
            #expect(try await mia.evaluate(focus) == "Take")
            try await mia.press(.enter)
            try await mia.waitFor(focus, equals: "text")
            #expect(try await mia.evaluate("document.getElementById('queue').checkVisibility()") == "false")
            try await mia.type("hello")
            try await mia.press(.enter)
            try await ann.waitFor("\(Self.lines).at(-1)", equals: "mia: hello")
            _ = try await mia.evaluate("document.getElementById('back').focus()")
            try await mia.press(.enter)
            try await mia.waitFor(focus, equals: "ann")
            #expect(try await mia.evaluate("document.getElementById('talk').checkVisibility()") == "false")
            #expect(try await mia.evaluate("document.getElementById('queue').checkVisibility()") == "true")
            try await ann.waitFor(focus, equals: "text")
        }
        await front.stop()
    }
}
