import Testing

/// What `/muster.js` does with what a server does: in Chromium, with sockets that are made to do it.
@Suite("muster.js")
struct MusterScriptTests {
    @Test("It is a script and a module, the same class in both")
    func kinds() async throws {
        try await withScript { script throws in
            #expect(try await script.run("return typeof MusterSocket") == "function")
            let module = """
                const script = MusterSocket;
                const module = await import(location.origin + "/muster.mjs");
                return [module.default === module.MusterSocket, module.MusterSocket === MusterSocket, MusterSocket.name];
                """
            #expect(try await script.run(module) == #"[true,true,"MusterSocket"]"#)
        }
    }

    @Test("Addresses: the page's host, parameters encoded, the last id; the subprotocol is offered unless it is null")
    func addresses() async throws {
        try await withScript { script throws in
            let result = try await script.run(
                """
                new MusterSocket("/chat/a b/?x=1#part", { parameters: { name: "Ann & Bo", none: null }, last: "5-1" });
                new MusterSocket("https://example.org/ws", { subprotocol: null, last: "5-x" });
                new MusterSocket("wss://example.org/ws?last=1-0");
                const [first, second, third] = sockets;
                return [first.url.replace(location.host, "host"), first.protocols, second.url, second.protocols,
                    second.binaryType, third.url];
                """
            )
            #expect(
                result == #"["ws://host/chat/a%20b/?x=1&name=Ann+%26+Bo&last=5-1",["muster.v1"],"#
                    + #""wss://example.org/ws",[],"arraybuffer","wss://example.org/ws?last=1-0"]"#
            )
        }
    }

    @Test("Frames: a repeat is dropped, order is free, a position is silent, and after a gap ids may begin anew")
    func frames() async throws {
        try await withScript { script throws in
            let result = try await script.run(
                """
                const [socket, log] = follow("/", quick);
                sockets[0].open();
                sockets[0].frame({ type: "message", id: "9-1", text: "a" });
                sockets[0].frame({ type: "message", id: "9-1", text: "again" });
                sockets[0].frame({ type: "message", id: "10-0", text: "b" });
                sockets[0].frame({ type: "message", id: "9-99", text: "late" });
                sockets[0].frame({ type: "message", id: "9-99", text: "again" });
                sockets[0].frame({ type: "message", id: "18446744073709551615-1", text: "c" });
                sockets[0].frame({ type: "message", id: "18446744073709551614-2", text: "late too" });
                const last = socket.last;
                sockets[0].frame({ type: "here", names: [] });
                sockets[0].frame({ type: "here", names: [] });
                sockets[0].frame({ type: "gap" });
                sockets[0].frame({ type: "message", id: "9-1", text: "d" });
                sockets[0].frame({ type: "message", id: "9-1", text: "again" });
                const anew = socket.last;
                sockets[0].frame({ type: "position", id: "11-0" });
                sockets[0].frame({ type: "message", id: "11-0", text: "e" });
                sockets[0].frame({ type: "message", id: "not an id", text: "f" });
                sockets[0].frame("no JSON");
                sockets[0].frame("7");
                return [log.map(([type, detail]) => detail.text ?? detail.type ?? JSON.stringify(detail)),
                    last, anew, socket.last];
                """
            )
            let seen =
                #"["{\"resumed\":false}","a","b","late","c","late too","here","here","gap","d","e","f","#
                + #""\"no JSON\"","\"7\""]"#
            #expect(result == "[\(seen),\"18446744073709551615-1\",\"9-1\",\"11-0\"]")
        }
    }

    @Test("A path with frames of its own: they are handed on as they come, bytes too")
    func ownFrames() async throws {
        try await withScript { script throws in
            let result = try await script.run(
                """
                const [socket, log] = follow("/", { subprotocol: null });
                sockets[0].open();
                sockets[0].frame('{"message": "3"}');
                sockets[0].frame('{"message": "3"}');
                sockets[0].onmessage({ data: new Uint8Array([1, 2]).buffer });
                return log.slice(1).map(([type, detail]) => detail.byteLength ?? detail);
                """
            )
            #expect(result == #"["{\"message\": \"3\"}","{\"message\": \"3\"}",2]"#)
        }
    }

    @Test("A message is sent now or not at all, and nothing piles up behind a slow network")
    func sending() async throws {
        try await withScript { script throws in
            let result = try await script.run(
                """
                const [socket] = follow("/", quick);
                const results = [socket.send("early")];
                sockets[0].open();
                results.push(socket.send("hello"), socket.send(new Uint8Array(1)));
                sockets[0].bufferedAmount = 2 ** 20 + 1;
                results.push(socket.send("too much"));
                sockets[0].end(1006);
                results.push(socket.send("between"));
                const second = await nextSocket(2);
                second.open();
                results.push(socket.send("again"));
                return [results, sockets[0].sent.length, second.sent];
                """
            )
            #expect(result == #"[[false,true,true,false,false,true],2,["again"]]"#)
        }
    }

    @Test("A reloaded page goes on where it was, if it asks for that; storage that is forbidden or odd does no harm")
    func storage() async throws {
        try await withScript { script throws in
            let result = try await script.run(
                """
                const options = { storageKey: "position" };
                new MusterSocket("/", options);
                sockets[0].open();
                sockets[0].frame({ type: "message", id: "1-0" });
                sockets[0].frame({ type: "position", id: "2-0" });
                const seen = [new MusterSocket("/", options).last, new MusterSocket("/").last,
                    new MusterSocket("/", { ...options, last: "9-0" }).last];
                sessionStorage.setItem("position", "odd");
                seen.push(new MusterSocket("/", options).last);
                const getItem = Storage.prototype.getItem;
                Storage.prototype.getItem = Storage.prototype.setItem = () => { throw new Error("forbidden"); };
                const socket = new MusterSocket("/", options);
                sockets.at(-1).open();
                sockets.at(-1).frame({ type: "message", id: "3-0" });
                return [...seen, socket.last];
                """
            )
            #expect(result == #"["2-0",null,"9-0",null,"3-0"]"#)
        }
    }
}
