internal import Synchronization
internal import TSQCodec
internal import TSQCore
package import TSQStorage

/// What all ways in share: workers, budget, ledger and dead letters.
package final class IngestCenter: Sendable {
  package let limits: IngestLimits
  package let sink: any SampleSink
  package let workers: IngestWorkers
  package let budget: ByteBudget
  package let ledger = IngestLedger()
  package let descriptions: DescriptionKeeper
  package let deadLetters: DeadLetterFolders
  /// The tokens that senders must show.
  package let tokens: AccessTokens
  package let accessCounts = AccessCounts()
  private let stopping = Atomic<Bool>(false)
  private let poison = Mutex<String?>(nil)
  private let needed = Atomic<Int64>(0)

  /// A center in front of a sink.
  ///
  /// - Parameters:
  ///   - limits: what senders may do.
  ///   - sink: where samples go.
  ///   - workers: how many parse at once.
  ///   - deadLetters: where rejected lines go.
  ///   - tokens: what senders must show.
  package init(
    limits: IngestLimits, sink: any SampleSink, workers: Int, deadLetters: DeadLetterFolders,
    tokens: AccessTokens = AccessTokens()
  ) {
    self.tokens = tokens
    self.limits = limits
    self.sink = sink
    self.descriptions = DescriptionKeeper(sink: sink)
    self.workers = IngestWorkers(count: workers, sink: sink)
    self.budget = ByteBudget(limit: limits.inFlightBytes)
    self.deadLetters = deadLetters
  }

  /// Whether the server is on its way out: nobody waits for better times any more.
  package var isStopping: Bool { stopping.load(ordering: .relaxed) }

  /// Tells those who wait for a full disk to give up.
  package func stop() { stopping.store(true, ordering: .relaxed) }

  /// Why the store takes nothing more until it is opened anew, or `nil` while it is well.
  package var poisoned: String? { poison.withLock { $0 } }

  /// Bytes that the last write found wanting of the disk; 0 where it was taken.
  package var neededBytes: Int64 { needed.load(ordering: .relaxed) }

  /// Remembers that the disk has room again: how much it needs depends on what is in memory.
  package func noteTaken() {
    if neededBytes > 0 { needed.store(0, ordering: .relaxed) }
  }

  /// Remembers what a failure says of the store: that it is broken, or what its disk lacks.
  package func note(_ error: StoreError) {
    if case .diskFull(_, let bytes) = error { needed.store(bytes, ordering: .relaxed) }
    if case .poisoned(let reason) = error { poison.withLock { $0 = reason } }
  }
}

extension LedgerCounts {
  /// Counts what became of one batch.
  mutating func add(_ settled: AppendPipeline.Settled) {
    switch settled.result {
    case .success(let receipt):
      addAccepted(
        lines: settled.lines, stored: receipt.stored, replaced: receipt.replaced,
        ignored: settled.ignored, rounded: settled.rounded)
    case .failure:
      addRejected(.storeUnavailable, lines: settled.lines)
    }
  }
}
