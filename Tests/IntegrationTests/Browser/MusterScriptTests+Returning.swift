import Testing

/// When and how it comes back.
extension MusterScriptTests {
    @Test("What follows a close code: soon, later, by backoff, or never; each within its bounds")
    func decisions() async throws {
        try await withScript { script throws in
            func decision(_ code: Int, _ failures: Int, _ random: Double) async throws -> String {
                try await script.run(
                    """
                    const { reconnect, delay } = MusterSocket.afterClose(\(code), \(failures), \(random));
                    return reconnect ? String(delay) : "never";
                    """
                )
            }
            let never = [1000, 1002, 1003, 1007, 1008, 1009, 1010, 4000, 4001, 4403, 4999]
            for code in never { #expect(try await decision(code, 0, 0.5) == "never", "\(code)") }
            // Code, failures, and the delay at the lowest, the middle and the highest chance.
            let table: [(Int, Int, [String])] = [
                (1006, 0, ["0", "125", "250"]), (1006, 1, ["0", "250", "500"]), (1006, 2, ["0", "500", "1000"]),
                (1006, 6, ["0", "8000", "16000"]), (1006, 7, ["0", "15000", "30000"]),
                (1006, 5000, ["0", "15000", "30000"]),
                (1001, 0, ["0", "125", "250"]), (1005, 0, ["0", "125", "250"]), (1011, 0, ["0", "125", "250"]),
                (1014, 0, ["0", "125", "250"]), (1015, 0, ["0", "125", "250"]), (3000, 0, ["0", "125", "250"]),
                (1012, 0, ["0", "1000", "2000"]), (1012, 3, ["0", "1000", "2000"]), (1012, 9, ["0", "15000", "30000"]),
                (1013, 0, ["5000", "10000", "15000"]), (1013, 1, ["10000", "20000", "30000"]),
                (1013, 9, ["60000", "120000", "180000"]),
            ]
            for (code, failures, delays) in table {
                for (random, delay) in zip([0, 0.5, 1], delays) {
                    #expect(try await decision(code, failures, random) == delay, "\(code) after \(failures)")
                }
            }
            let bounded = "return MusterSocket.afterClose(1006, 3, 1, { minimumDelay: 10, maximumDelay: 40 }).delay"
            #expect(try await script.run(bounded) == "40")
        }
    }

    @Test("It comes back and goes on after the last id; the page hears of both; 1008 is the end")
    func comesBack() async throws {
        try await withScript { script throws in
            let result = try await script.run(
                """
                const [socket, log] = follow("/a", quick);
                sockets[0].open();
                sockets[0].frame({ type: "message", id: "1-0" });
                sockets[0].end(1006);
                const states = [socket.state];
                const second = await nextSocket(2);
                states.push(socket.state);
                second.open();
                states.push(socket.state);
                second.frame({ type: "message", id: "1-0" });
                second.frame({ type: "message", id: "2-0" });
                socket.parameters = { token: "new" };
                second.end(1001, "moved");
                const third = await nextSocket(3);
                third.open();
                third.end(1008, "no");
                states.push(socket.state);
                await sleep(50);
                return [sockets.map((socket) => new URL(socket.url).search), sockets.length, states,
                    log.map(([type, { id, resumed, code, reason, willReconnect }]) =>
                        type === "close" ? [code, reason, willReconnect] : id ?? resumed)];
                """
            )
            #expect(
                result == #"[["","?last=1-0","?token=new&last=2-0"],3,["waiting","connecting","open","closed"],"#
                    + #"[false,"1-0",[1006,"",true],true,"2-0",[1001,"moved",true],true,[1008,"no",false]]]"#
            )
        }
    }

    @Test("The delay grows with each connection that did not work, and begins anew after one that did")
    func backoff() async throws {
        try await withScript { script throws in
            let result = try await script.run(
                """
                const chance = Math.random;
                Math.random = () => 1;
                const [socket, log] = follow("/", { minimumDelay: 1, maximumDelay: 20 });
                for (let count = 1; count <= 6; count += 1) {
                    const socket = await nextSocket(count);
                    // To be open for a moment proves nothing.
                    if (count > 3) socket.open();
                    socket.end(1006);
                }
                const working = await nextSocket(7);
                working.open();
                working.frame({ type: "message" });
                working.end(1006);
                (await nextSocket(8)).end(1006);
                socket.close();
                Math.random = chance;
                return log.filter(([type]) => type === "close").map(([, detail]) => detail.delay);
                """
            )
            #expect(result == "[2,4,8,16,20,20,1,2,0]")
        }
    }

    @Test("A connection that stays open for five seconds has worked, also without a frame")
    func quietConnection() async throws {
        try await withScript { script throws in
            let result = try await script.run(
                """
                const chance = Math.random;
                Math.random = () => 1;
                const [socket, log] = follow("/", quick);
                sockets[0].end(1006);
                (await nextSocket(2)).open();
                await sleep(5200);
                sockets[1].end(1006);
                Math.random = chance;
                socket.close();
                return log.filter(([type]) => type === "close").map(([, detail]) => detail.delay);
                """
            )
            #expect(result == "[2,1,0]")
        }
    }

    @Test("An attempt without an answer is given up, and what it says later is not heard")
    func noAnswer() async throws {
        try await withScript { script throws in
            let result = try await script.run(
                """
                const [socket, log] = follow("/", { ...quick, openTimeout: 20 });
                const second = await nextSocket(2);
                const [first] = sockets;
                first.open();
                first.frame({ type: "message", text: "late" });
                second.open();
                socket.close();
                return [first.closedWith, log[0][1].code, log[0][1].willReconnect, log.map(([type]) => type)];
                """
            )
            #expect(result == #"["no code",1006,true,["close","open","close"]]"#)
        }
    }

    @Test("The page's close is told once, with no attempt after it, also while one was awaited")
    func closing() async throws {
        try await withScript { script throws in
            let result = try await script.run(
                """
                const [open, openLog] = follow("/", quick);
                sockets[0].open();
                open.close(4001, "done");
                open.close();
                sockets[0].end(1006);
                const [waiting, waitingLog] = follow("/", quick);
                sockets[1].end(1006);
                waiting.close();
                await sleep(50);
                return [sockets.length, sockets[0].closedWith, open.state, waiting.state,
                    [openLog, waitingLog].map((log) => log.map(([type, { code, willReconnect }]) =>
                        type === "close" ? [code, willReconnect] : type))];
                """
            )
            #expect(
                result == #"[2,4001,"closed","closed",[["open",[4001,false]],[[1006,true],[1000,false]]]]"#
            )
        }
    }

    @Test("Without a network little is tried; when it is back, at once")
    func network() async throws {
        try await withScript { script throws in
            let result = try await script.run(
                """
                const chance = Math.random;
                Math.random = () => 0.01;
                const [socket, log] = follow("/", { ...quick, maximumDelay: 60000 });
                dispatchEvent(new Event("offline"));
                sockets[0].end(1006);
                await sleep(100);
                const slow = log[0][1].delay;
                const counts = [sockets.length];
                dispatchEvent(new Event("online"));
                await nextSocket(2);
                sockets[1].end(1006);
                dispatchEvent(new Event("offline"));
                await sleep(100);
                counts.push(sockets.length);
                socket.close();
                dispatchEvent(new Event("online"));
                await sleep(100);
                Math.random = chance;
                return [...counts, sockets.length, slow];
                """
            )
            #expect(result == "[1,2,2,30300]")
        }
    }

    @Test(
        "Without a network it is tried all the same, slowly: a server next door is reached, whatever the browser says"
    )
    func offline() async throws {
        try await withScript { script throws in
            let result = try await script.run(
                """
                const [socket] = follow("/", { minimumDelay: 1, maximumDelay: 50 });
                dispatchEvent(new Event("offline"));
                sockets[0].end(1006);
                (await nextSocket(2)).end(1006);
                // It goes offline while it waits.
                dispatchEvent(new Event("offline"));
                (await nextSocket(3)).open();
                return [sockets.length, socket.state];
                """
            )
            #expect(result == #"[3,"open"]"#)
        }
    }
}
