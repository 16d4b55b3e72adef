import ChannelLayers
import Consumers
import Messages
import NIOCore
import Testing
import WebSocketServer

@Suite("Front: groups", .timeLimit(.minutes(2)))
struct GroupTests {
    @Test("what is said to a group reaches every member once and in order, on both event loops")
    func everyMember() async throws {
        let journal = Journal()
        try await withFront(journal: journal) { front in
            var members: [RawClient] = []
            while members.count < 10 || (members.count < 100 && journal.loopCount < 2) {
                members.append(try await front.open(in: "room"))
            }
            let stranger = try await front.open()
            #expect(journal.loopCount == 2)
            #expect(try await front.layer.groupCount("room") == members.count)

            for number in 0..<100 { try await members[number % 2].send(text: "say room \(number % 2):\(number)") }
            for member in members {
                var heard: [String] = []
                for _ in 0..<100 { heard.append(try await member.text()) }
                for sender in 0..<2 {
                    let expected = (0..<100).filter { $0 % 2 == sender }.map { "\(sender):\($0)" }
                    #expect(heard.filter { $0.hasPrefix("\(sender):") } == expected)
                }
                try await member.send(text: "that was all")
                #expect(try await member.text() == "that was all")
            }
            try await stranger.send(text: "nothing for me")
            #expect(try await stranger.text() == "nothing for me")
        }
    }

    @Test("a personal message is answered by each member for itself")
    func personal() async throws {
        try await withFront { front in
            let anna = try await front.open("/ws/anna?room")
            let ben = try await front.open("/ws/ben?room")
            for client in [anna, ben] { #expect(try await client.text() == "joined") }
            try await anna.send(text: "whisper room psst")
            #expect(try await anna.text() == "anna hears psst")
            #expect(try await ben.text() == "ben hears psst")
        }
    }

    @Test("a message may close every member")
    func closing() async throws {
        try await withFront { front in
            let members = [try await front.open(in: "room"), try await front.open(in: "room")]
            try await members[0].send(text: "end room")
            for member in members { #expect(try await member.closeFrame().code == CloseCode(rawValue: 4000)) }
            #expect(try await front.layer.groupCount("room") == 0)
        }
    }

    @Test("a gap is told once to each connection concerned, with its groups, between what came before and after")
    func gap() async throws {
        let journal = Journal()
        try await withFront(journal: journal) { front in
            var members: [RawClient] = []
            while members.count < 4 || (members.count < 100 && journal.loopCount < 2) {
                members.append(try await front.open(in: "a"))
            }
            let both = try await front.open(in: "a")
            try await both.send(text: "join b")
            #expect(try await both.text() == "joined b")
            let (stranger, former) = (try await front.open(in: "c"), try await front.open(in: "a"))
            try await former.send(text: "leave a")
            #expect(try await former.text() == "left a")

            front.receiver.receive(Message(type: "say", ["text": "before"]), group: "a", excluding: nil)
            front.receiver.gap(in: ["b", "a"])
            front.receiver.receive(Message(type: "say", ["text": "after"]), group: "a", excluding: nil)
            for member in members {
                for text in ["before", "gap in a", "after"] { #expect(try await member.text() == text) }
            }
            for text in ["before", "gap in a b", "after"] { #expect(try await both.text() == text) }
            for client in [stranger, former] {
                try await client.send(text: "nothing for me")
                #expect(try await client.text() == "nothing for me")
            }
        }
    }

    @Test("who has left hears no more")
    func leaving() async throws {
        try await withFront { front in
            let stays = try await front.open(in: "room")
            let goes = try await front.open(in: "room")
            try await goes.send(text: "leave room")
            #expect(try await goes.text() == "left room")
            try await stays.send(text: "say room are you there?")
            #expect(try await stays.text() == "are you there?")
            try await goes.send(text: "no")
            #expect(try await goes.text() == "no")
        }
    }

    @Test("a message to one channel reaches that connection only, on whichever event loop it is")
    func oneChannel() async throws {
        try await withFront { front in
            for _ in 0..<4 {
                let client = try await front.open(in: "everyone")
                try await client.send(text: "join alone")
                #expect(try await client.text() == "joined alone")
                let channels = try await front.layer.groupMembers("alone")
                try #require(channels.count == 1)
                try await front.layer.send(Message(type: "say", ["text": "just you"]), to: channels[0])
                #expect(try await client.text() == "just you")
                try await client.send(text: "leave alone")
                #expect(try await client.text() == "left alone")
            }
            try await front.layer.send(Message(type: "say", ["text": "nobody"]), to: ChannelName("specific.gone!1"))
        }
    }

    @Test("a message to many channels reaches each that is named, on both loops, in order with those to groups")
    func manyChannels() async throws {
        let journal = Journal()
        try await withFront(journal: journal) { front in
            var members: [RawClient] = []
            while members.count < 10 || (members.count < 100 && journal.loopCount < 2) {
                members.append(try await front.open(in: "room"))
            }
            let stranger = try await front.open(in: "other")
            #expect(journal.loopCount == 2)
            let names = try await front.layer.groupMembers("room") + [ChannelName("specific.gone!1")]
            for number in 0..<100 {
                let message = Message(type: "say", ["text": "\(number)"])
                if number % 3 == 0 {
                    front.receiver.receive(message, group: "room", excluding: nil)
                } else {
                    front.receiver.receive(message, channels: names)
                }
            }
            front.receiver.receive(Message(type: "say", ["text": "to nobody"]), channels: [])
            for member in members {
                for number in 0..<100 { #expect(try await member.text() == "\(number)") }
            }
            for client in members + [stranger] {
                try await client.send(text: "that was all")
                #expect(try await client.text() == "that was all")
            }
        }
    }

    @Test("a message to many channels is personal where its rendering says so, and may close them")
    func manyChannelsOtherwise() async throws {
        try await withFront { front in
            let clients = [try await front.open("/ws/anna?room"), try await front.open("/ws/ben?room")]
            for client in clients { #expect(try await client.text() == "joined") }
            let names = try await front.layer.groupMembers("room")
            front.receiver.receive(Message(type: "whisper", ["text": "psst"]), channels: names)
            #expect(try await clients[0].text() == "anna hears psst")
            #expect(try await clients[1].text() == "ben hears psst")
            front.receiver.receive(Message(type: "end"), channels: names)
            for client in clients { #expect(try await client.closeFrame().code == CloseCode(rawValue: 4000)) }
        }
    }

    @Test("a member that is excluded gets nothing, all others do", arguments: ["say", "whisper"])
    func excluding(type: String) async throws {
        try await withFront { front in
            var members: [RawClient] = []
            for _ in 0..<6 { members.append(try await front.open("/ws/m?room")) }
            for member in members { #expect(try await member.text() == "joined") }
            var names: [ChannelName] = []
            for (position, member) in members.enumerated() {
                try await member.send(text: "join alone\(position)")
                #expect(try await member.text() == "joined alone\(position)")
                names += try await front.layer.groupMembers(GroupName("alone\(position)"))
            }
            try #require(names.count == members.count)
            // Whichever loop each is on, one after the other is left out.
            for (position, excluded) in names.enumerated() {
                let message = Message(type: type, ["text": "\(position)"])
                try await front.layer.groupSend(message, to: "room", excluding: excluded)
            }
            let nobody = try ChannelName("specific.gone!1")
            try await front.layer.groupSend(Message(type: "say", ["text": "all"]), to: "room", excluding: nobody)
            for (position, member) in members.enumerated() {
                for other in members.indices where other != position {
                    #expect(try await member.text() == (type == "say" ? "\(other)" : "m hears \(other)"))
                }
                #expect(try await member.text() == "all")
            }
        }
    }

    @Test("after a storm of joins and leaves exactly those are members who joined last")
    func storm() async throws {
        try await withFront { front in
            var clients: [RawClient] = []
            for _ in 0..<20 { clients.append(try await front.open()) }
            for (position, client) in clients.enumerated() {
                var bytes = RawClient.frame(.text, "join room")
                for _ in 0..<25 {
                    bytes.writeImmutableBuffer(RawClient.frame(.text, "leave room"))
                    bytes.writeImmutableBuffer(RawClient.frame(.text, "join room"))
                }
                if position % 2 == 1 { bytes.writeImmutableBuffer(RawClient.frame(.text, "leave room")) }
                try await client.send(bytes)
            }
            for (position, client) in clients.enumerated() {
                for answer in 0..<(51 + position % 2) {
                    #expect(try await client.text() == (answer % 2 == 0 ? "joined room" : "left room"))
                }
            }
            #expect(try await front.layer.groupCount("room") == 10)
            try await front.layer.groupSend(Message(type: "say", ["text": "calm"]), to: "room")
            for (position, client) in clients.enumerated() where position % 2 == 0 {
                #expect(try await client.text() == "calm")
            }
            for client in clients {
                try await client.send(text: "after the storm")
                #expect(try await client.text() == "after the storm")
            }
        }
    }
}
