import Synchronization

// Of the address sanitizer's runtime, whose headers Swift cannot import.

@_silgen_name("__sanitizer_install_malloc_and_free_hooks")
private func installHooks(
    _ allocated: @convention(c) (UnsafeRawPointer?, Int) -> Void,
    _ freed: @convention(c) (UnsafeRawPointer?) -> Void
) -> CInt

@_silgen_name("__sanitizer_get_allocated_size")
private func allocatedSize(_ block: UnsafeRawPointer?) -> Int

/// Measures how much memory is held at most while something runs; also when it fails and keeps none of it.
///
/// Counts the whole process, in which only the fuzzer's own thread allocates while an input runs.
enum AllocationMeter {
    private static let held = Atomic<Int>(0)
    private static let peak = Atomic<Int>(0)
    /// Whether the hooks are in place; they cannot be taken away again.
    private static let isInstalled: Bool = {
        let status = installHooks(
            { _, size in
                let held = AllocationMeter.held.add(size, ordering: .relaxed).newValue
                AllocationMeter.peak.max(held, ordering: .relaxed)
            },
            { block in
                guard let block else { return }
                AllocationMeter.held.subtract(allocatedSize(block), ordering: .relaxed)
            }
        )
        return status != 0
    }()

    /// Runs `body` and returns its result, and how many bytes more than before were allocated at the worst moment.
    static func measure<Result>(_ body: () -> Result) -> (result: Result, peak: Int) {
        precondition(isInstalled, "the sanitizer takes no further hooks")
        let before = held.load(ordering: .relaxed)
        peak.store(before, ordering: .relaxed)
        let result = body()
        return (result, peak.load(ordering: .relaxed) - before)
    }
}
