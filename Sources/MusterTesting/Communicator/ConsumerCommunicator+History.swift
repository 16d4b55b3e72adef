import ChannelLayers
import Consumers
import Messages

/// A group's history, as a front plays it to a connection.
extension ConsumerCommunicator {
    private static let pageLength = 100

    func join(
        _ group: GroupName,
        as person: Person?,
        from start: HistoryStart,
        whenDone: @escaping @Sendable (Result<Void, ChannelLayerError>) -> Void
    ) {
        // Before the hub knows of it: from the first message on what is heard is noted.
        let number = playbacks.begin(group, whenDone: whenDone)
        join(group, as: person) { [self] result in
            if case .failure(let error) = result {
                fail(number, of: group, with: error)
            } else {
                playbacks.run(Task { await play(group, from: start, number: number) }, for: number, of: group)
            }
        }
    }

    private func play(_ group: GroupName, from start: HistoryStart, number: Int) async {
        var start = start
        do throws(ChannelLayerError) {
            while true {
                let length = start.pageLength(usual: Self.pageLength)
                await waitForRoom(frames: length)
                let page = try await layer.history(of: group, from: start, limit: length)
                guard playbacks.isOn(number, of: group) else { return }
                if page.hasGap { receive(.historyGap, Result { try kind.render(.historyGap) }) }
                for message in page.messages { receive(message, Result { try kind.render(message) }) }
                switch playbacks.read(page, for: number, of: group) {
                case .readOn(let end): start = .after(end)
                case .done:
                    playbacks.finish(number, of: group)
                    return
                case nil:
                    return
                }
            }
        } catch {
            fail(number, of: group, with: error)
        }
    }

    /// A history is no flood: it waits for a test that takes its frames late.
    private func waitForRoom(frames: Int) async {
        _ = await state.wait(timeout: .seconds(3600)) { state -> Bool? in
            let isFree = state.frames.isEmpty || state.frames.count + frames < CommunicatorState.frameLimit
            return isFree || state.session == nil ? true : nil
        }
    }

    private func fail(_ number: Int, of group: GroupName, with error: ChannelLayerError) {
        if playbacks.fail(number, of: group, with: error) { leave(group) }
    }
}
