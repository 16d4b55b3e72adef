import Testing

/// What the page of direct messages keeps, and how it takes files' records, without a server that answers.
@Suite("Pages: direct messages, what the tab keeps")
struct DirectScriptTests {
    /// Imports the module, and makes `sent` of what `flush` sends.
    private static let begin = """
        const { Conversations } = await import("/assets/direct-conversations.js");
        const sent = [];
        const send = (frame) => { sent.push(frame); return true; };
        const look = (all, name) => all.with(name).map(({ text, state }) => state ? `${text}: ${state}` : text);
        """

    @Test("What is not acknowledged is sent again on the next connection, also after a reload, with the same client id")
    func again() async throws {
        let result = try await run(
            """
            const all = new Conversations("ann");
            all.write("bob", "one");
            all.write("bob", "two");
            all.flush(() => false);
            all.flush(send);
            all.flush(send);
            all.accepted({ client: sent[0].client, receiver: "bob", of: "5-0" });
            all.flush(send);
            all.save();
            const reloaded = new Conversations("ann");
            reloaded.beginAnew();
            reloaded.flush(send);
            const clients = new Set(sent.map(({ client }) => client));
            reloaded.refused({ client: sent[1].client, text: "no" });
            const looks = [look(reloaded, "bob")];
            reloaded.flush(send);
            reloaded.retry(reloaded.with("bob")[1]);
            reloaded.flush(send);
            reloaded.accepted({ client: sent[1].client, receiver: "bob", of: "6-0" });
            looks.push(look(reloaded, "bob"));
            return [sent.map(({ message }) => message), clients.size, sent.every(({ receipt }) => receipt), looks];
            """
        )
        #expect(
            result == #"[["one","two","two","two"],2,true,"#
                + #"[["one: accepted","two: failed"],["one: accepted","two: accepted"]]]"#
        )
    }

    @Test("What the server could not take now waits, and what comes after it to the same one; nothing else does")
    func held() async throws {
        let result = try await run(
            """
            const all = new Conversations("ann");
            for (const [name, text] of [["bob", "one"], ["bob", "two"], ["cid", "three"]]) all.write(name, text);
            all.flush(send);
            const steps = [sent.length, all.refused({ client: sent[0].client, text: "later", again: true })];
            all.write("cid", "four");
            all.accepted({ client: sent[1].client, receiver: "cid", of: "1-0" });
            all.flush(send);
            steps.push(look(all, "bob").join());
            all.release();
            all.flush(send);
            all.accepted({ client: sent.at(-1).client, receiver: "bob", of: "1-0" });
            all.flush(send);
            return [...steps, sent.map(({ message }) => message), sent[0].client === sent[3].client];
            """
        )
        #expect(
            result == #"[2,true,"one: sending,two: sending",["one","three","four","one","two"],true]"#
        )
    }

    @Test("One line for each message, however it is told and in whatever order; a state never goes back")
    func states() async throws {
        let result = try await run(
            """
            const all = new Conversations("bob");
            all.write("ann", "mine");
            all.flush(send);
            const { client } = sent[0];
            all.receipt({ receiver: "ann", of: "7-0", state: "read" });
            all.sent({ receiver: "ann", message: "mine", of: "7-0", client });
            all.accepted({ client, receiver: "ann", of: "7-0" });
            all.receipt({ receiver: "ann", of: "7-0", state: "delivered" });
            all.sent({ receiver: "ann", message: "mine", of: "7-0", client });
            all.sent({ receiver: "ann", message: "of another tab", of: "8-0", client: "x" });
            all.sent({ receiver: "ann", message: "of another tab", of: "8-0", client: "x" });
            all.sent({ receiver: "ann", message: "later", of: "20-0" });
            all.receipt({ receiver: "ann", of: "9-9", state: "read" });
            all.received({ sender: "ann", id: "10-1", message: "second" });
            all.received({ sender: "ann", id: "9-0", message: "first" });
            all.received({ sender: "ann", id: "9-0", message: "first" });
            // An inbox of hers has ids of its own.
            all.received({ sender: "ann", id: "8-0", message: "same id" });
            return [look(all, "ann"), all.newestID("ann")];
            """
        )
        #expect(
            result == #"[["mine: read","of another tab: read","same id","first","second","later: accepted"],"10-1"]"#
        )
    }

    @Test("What is kept is bounded; what was not sent or not read is never among what goes")
    func bounds() async throws {
        let result = try await run(
            """
            const all = new Conversations("ann");
            all.write("bob", "unsent");
            for (let id = 1; id <= 1100; id += 1) all.received({ sender: "bob", id: `${id}-0`, message: `${id}` });
            const lengths = [all.with("bob").length];
            for (const read of [50, 250]) {
              all.noteRead("bob", `${read}-0`);
              lengths.push(all.with("bob").length, look(all, "bob")[0]);
            }
            lengths.push(look(all, "bob").at(-1));
            for (let count = 0; count < 60; count += 1) all.received({ sender: `p${count}`, id: "1-0", message: "hi" });
            all.save();
            const reloaded = new Conversations("ann");
            lengths.push(reloaded.names.length, look(reloaded, "bob").join());
            const large = "x".repeat(8192);
            for (let id = 1; id <= 290; id += 1) {
              reloaded.received({ sender: id % 2 ? "cid" : "dan", id: `${id}-0`, message: large });
            }
            reloaded.save();
            lengths.push(look(new Conversations("ann"), "bob").join(), new Conversations("ann").with("cid").length);
            let room = 0;
            while (reloaded.write(`e${room}`, "more")) room += 1;
            reloaded.flush(send);
            return [...lengths, room, sent.length];
            """
        )
        let expected = #"[1101,1051,"51",1000,"102","unsent: sending",51,"unsent: sending","unsent: sending",50,99,20]"#
        #expect(result == expected)
    }

    @Test("Only a record becomes a file: its address is one of ours, and nothing in it becomes markup")
    func media() async throws {
        let result = try await run(
            #"""
            const { mediaElement } = await import("/assets/media.js");
            const id = "0123456789abcdef0123456789abcdef";
            const record = { id, url: `/media/${id}`, type: "image/png", size: 1234, sha256: "", name: "<b>a</b>.png" };
            const made = (change) => mediaElement(JSON.stringify({ ...record, ...change }));
            const no = [{ url: `https://evil.example/media/${id}` }, { url: `//evil.example/media/${id}` },
              { url: "javascript:alert(1)" }, { url: `/media/${id}/x` }, { url: `/media/${id}\n` }, { id: "other" },
              { type: "image" }, { type: 7 }, { size: -1 }, { size: "1" }, { name: "" }, { name: null }, { url: null }];
            const texts = ["hello", "{", "null", "[]", "{}", " " + JSON.stringify(record), "{".repeat(5000)];
            const image = made({}).firstChild;
            const kinds = ["audio/wav", "video/mp4", "text/html", "image/svg+xml", "application/pdf"];
            return [no.filter(made).length, texts.filter(mediaElement).length, image.alt, image.loading,
              kinds.map((type) => made({ type })).map((one) => [one.localName, one.controls ?? one.download,
                one.children.length])];
            """#
        )
        #expect(
            result == #"[0,0,"<b>a</b>.png","lazy",[["audio",true,0],["video",true,0],["a","<b>a</b>.png",0],"#
                + #"["a","<b>a</b>.png",0],["a","<b>a</b>.png",0]]]"#
        )
    }

    @Test("A picture that cannot be loaded is tried once more before it is given up")
    func pictureAgain() async throws {
        let result = try await run(
            #"""
            const { mediaElement } = await import("/assets/media.js");
            const id = "0123456789abcdef0123456789abcdef";
            const box = document.createElement("div");
            box.append(mediaElement(JSON.stringify(
              { id, url: `/media/${id}`, type: "image/png", size: 1, sha256: "", name: "a.png" })));
            const picture = box.querySelector("img");
            const loads = new Promise((told) => new MutationObserver(told).observe(picture, { attributes: true }));
            picture.dispatchEvent(new Event("error"));
            const steps = [box.contains(picture)];
            await loads;
            picture.dispatchEvent(new Event("error"));
            return [...steps, box.contains(picture), box.textContent];
            """#
        )
        #expect(result == #"[true,false,"a.png (1 bytes) cannot be shown here, or is no longer kept."]"#)
    }

    private func run(_ statements: String) async throws -> String {
        let front = try await MusterFront.start()
        let result = try await withBrowser { browser in
            let page = try await browser.open(front.url + "/direct/")
            return try await page.evaluate("(async () => {\n\(Self.begin)\n\(statements)\n})()")
        }
        await front.stop()
        return result
    }
}
