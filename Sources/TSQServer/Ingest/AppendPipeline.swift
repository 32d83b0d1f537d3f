internal import Synchronization
internal import TSQCodec
internal import TSQStorage

/// One sender's batches on their way into the store: several at once, in order.
///
/// A batch is handed to the store's queue before the next one is parsed, so that parsing and the log
/// overlap, and one sync serves them all. What is on its way is bounded twice: by number here, by
/// bytes in the budget that all senders share.
struct AppendPipeline {
  /// What became of one batch, with what it was.
  struct Settled: Sendable {
    let lines: Int
    let ignored: Int
    let rounded: Int
    let sampleCount: Int
    let result: Result<SinkReceipt, StoreError>
  }

  /// Batches on their way at most; each is at most 64 Ki samples.
  ///
  /// More were no faster, and a connection at full speed held twice the memory.
  private static let depth = 6
  /// A sample in a batch: series, time and value.
  static let sampleBytes = 20

  /// How often a sender that waits for space looks whether there is some.
  private static let fullRetry = Duration.milliseconds(500)

  private let center: IngestCenter
  private let account: UInt64
  private var flights: [Task<Settled, Never>] = []
  private let held = HeldBatches()

  /// A pipeline that counts what becomes of batches in a sender's account.
  init(center: IngestCenter, account: UInt64) {
    self.center = center
    self.account = account
  }

  /// Whether nothing is on its way.
  var isEmpty: Bool { flights.isEmpty }

  /// Sends a stretch's samples off; waits while too much is on its way.
  ///
  /// - Parameters:
  ///   - stretch: what was parsed.
  ///   - durability: what the store is asked for.
  ///   - waitsForSpace: whether to hold the batch while the disk is full. Right for a sender that
  ///     would never hear of a loss: it is held up through its socket instead.
  /// - Returns: what became of earlier batches, or `nil` where the task was cancelled: the
  ///   stretch is then not stored.
  mutating func send(
    _ stretch: ParsedStretch, durability: Durability, waitsForSpace: Bool
  ) async -> [Settled]? {
    var settled: [Settled] = []
    while flights.count >= AppendPipeline.depth { settled += await settleFirst() }
    let bytes = max(1, stretch.samples.count * AppendPipeline.sampleBytes)
    if !center.budget.take(bytes) {
      // Own batches first: waiting for the budget with some of it in hand could wait for ever.
      settled += await settleAll()
      guard await center.budget.wait(bytes) else { return nil }
    }
    // What comes later must not be stored before a batch that waits for space.
    if held.areSome { settled += await settleAll() }
    await center.sink.waitForRoom()
    let (center, account, held) = (center, account, held)
    // Starts on this thread and reaches the store's queue before it first waits: that keeps order.
    let task = Task.immediate { () -> Settled in
      let result = await AppendPipeline.append(
        stretch.samples, durability, center, held, waitsForSpace: waitsForSpace)
      let settled = Settled(
        lines: stretch.acceptedLines, ignored: stretch.ignored, rounded: stretch.rounded,
        sampleCount: stretch.samples.count, result: result)
      // Here and not where it is waited for: a sender may fall silent with batches on their way.
      var counts = LedgerCounts()
      counts.add(settled)
      center.ledger.add(counts, to: account)
      center.budget.give(bytes)
      return settled
    }
    flights.append(task)
    return settled
  }

  private static func append(
    _ samples: SampleBatch, _ durability: Durability, _ center: IngestCenter, _ held: HeldBatches,
    waitsForSpace: Bool
  ) async -> Result<SinkReceipt, StoreError> {
    var isHeld = false
    defer { if isHeld { held.remove() } }
    while true {
      do throws(StoreError) {
        let receipt = try await center.sink.append(samples, durability: durability)
        center.noteTaken()
        return .success(receipt)
      } catch {
        center.note(error)
        guard case .diskFull = error, waitsForSpace, !center.isStopping else {
          return .failure(error)
        }
        if !isHeld { held.add() }
        isHeld = true
        try? await Task.sleep(for: fullRetry)
      }
    }
  }

  /// Waits for the oldest batch.
  private mutating func settleFirst() async -> [Settled] {
    guard let first = flights.first else { return [] }
    flights.removeFirst()
    return [await first.value]
  }

  /// Waits for every batch.
  mutating func settleAll() async -> [Settled] {
    var settled: [Settled] = []
    while !flights.isEmpty { settled += await settleFirst() }
    return settled
  }
}

/// How many batches of one sender wait for space.
private final class HeldBatches: Sendable {
  private let count = Atomic<Int>(0)

  var areSome: Bool { count.load(ordering: .relaxed) > 0 }

  func add() { count.add(1, ordering: .relaxed) }

  func remove() { count.subtract(1, ordering: .relaxed) }
}
