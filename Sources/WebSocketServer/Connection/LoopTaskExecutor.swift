import NIOCore

/// Runs tasks on an event loop, so that a consumer's code runs on the thread that its connection lives on.
final class LoopTaskExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute {
            // Kept until the job is over: with it may go whoever held this executor, at the end of a front.
            withExtendedLifetime(self) { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }
}
