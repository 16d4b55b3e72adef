import Testing

/// What it does with frames that come again.
extension MusterScriptTests {
    @Test("Each stream has ids of its own: a repeat is one of the same stream, and the position follows none of them")
    func streams() async throws {
        try await withScript { script throws in
            let result = try await script.run(
                """
                const [socket, log] = follow("/", quick);
                sockets[0].open();
                const frame = (id, stream, text, type = "message") => sockets.at(-1).frame({ type, id, stream, text });
                frame("1-0", undefined, "a");
                frame("1-0", "sent", "b");
                frame("1-0", "sent", "again");
                frame("9-0", "sent", "c");
                frame("1-0", "", "again, for a stream without a name is none");
                frame("2-0", undefined, "d");
                frame("1-0", "sent", "another type", "receipt");
                const last = socket.last;
                frame(undefined, "sent", "gap of sent", "gap");
                frame("1-0", undefined, "again");
                frame("9-0", "sent", "e");
                frame("1-0", undefined, "again");
                sockets[0].end(1006);
                (await nextSocket(2)).open();
                frame("2-0", undefined, "again");
                frame("9-0", "sent", "again");
                frame("1-5", undefined, "f");
                frame(undefined, undefined, "gap", "gap");
                frame("9-0", "sent", "again");
                frame("1-0", undefined, "g");
                return [log.filter(([, detail]) => detail.text).map(([, detail]) => detail.text), last,
                    new URL(sockets[1].url).search];
                """
            )
            #expect(result == #"[["a","b","c","d","gap of sent","e","f","gap","g"],"2-0","?last=2-0"]"#)
        }
    }

    @Test("What a page forgets of a stream is told again, and nothing else")
    func forgotten() async throws {
        try await withScript { script throws in
            let result = try await script.run(
                """
                const [socket, log] = follow("/", quick);
                sockets[0].open();
                const frame = (id, stream) => sockets[0].frame({ type: "message", id, stream, text: `${id} ${stream}` });
                const all = () => { frame("1-0", "a"); frame("2-0", "b"); frame("3-0"); };
                all();
                socket.forget("a");
                all();
                return [log.filter(([, detail]) => detail.text).map(([, detail]) => detail.text), socket.last];
                """
            )
            #expect(result == #"[["1-0 a","2-0 b","3-0 undefined","1-0 a"],"3-0"]"#)
        }
    }

    @Test("Of the ids the newest two thousand are remembered, over reconnects too, and no more")
    func bound() async throws {
        try await withScript { script throws in
            let result = try await script.run(
                """
                const [socket, log] = follow("/", quick);
                sockets[0].open();
                for (let id = 1; id <= 2001; id += 1) sockets[0].frame({ type: "message", id: `${id}-0` });
                sockets[0].end(1006);
                (await nextSocket(2)).open();
                const told = () => log.filter(([type]) => type === "message").length;
                const counts = [told()];
                for (let id = 2; id <= 2001; id += 1) sockets[1].frame({ type: "message", id: `${id}-0` });
                counts.push(told());
                sockets[1].frame({ type: "message", id: "1-0" });
                counts.push(told());
                return counts;
                """
            )
            #expect(result == "[2001,2001,2002]")
        }
    }
}
