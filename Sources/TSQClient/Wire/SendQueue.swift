/// The batches a sender has been given and the server has not acknowledged.
///
/// On disk where there is a spool, else in memory; the sender sees one queue either way.
struct SendQueue {
  private let spool: Spool?
  private var memory: [Spool.Batch] = []
  private var memoryBytes = 0
  private var nextID: UInt64 = 1
  private let limitBytes: Int

  init(_ options: LineSenderOptions) throws(SpoolError) {
    limitBytes = options.queueBytes
    guard let spoolOptions = options.spool else {
      spool = nil
      return
    }
    spool = try Spool(
      spoolOptions.directory, limitBytes: spoolOptions.limitBytes, overflow: spoolOptions.overflow)
  }

  /// Batches not yet acknowledged, those on the wire among them.
  var waitingBatches: Int { spool?.waitingBatches ?? memory.count }

  /// Batches the spool dropped at its limit.
  var droppedBatches: Int { spool?.droppedBatches ?? 0 }

  /// Torn bytes that the spool found when it was opened.
  var tornBytes: Int { spool?.tornBytes ?? 0 }

  /// Damage that the spool found so far.
  var damage: [Spool.Damage] { spool?.damage ?? [] }

  /// Whether a batch of so many bytes may be added without waiting.
  func hasRoom(for byteCount: Int) -> Bool {
    spool?.hasRoom(for: byteCount) ?? (memory.isEmpty || memoryBytes < limitBytes)
  }

  /// Keeps a batch and gives it its id.
  mutating func append(_ lines: [UInt8]) throws(SpoolError) -> UInt64 {
    if let spool { return try spool.append(lines) }
    memory.append(Spool.Batch(id: nextID, lines: lines))
    memoryBytes += lines.count
    defer { nextID += 1 }
    return nextID
  }

  mutating func batch(after id: UInt64) throws(SpoolError) -> Spool.Batch? {
    if let spool { return try spool.batch(after: id) }
    guard let first = memory.first else { return nil }
    // Ids are dense in memory, so the next one's place is known.
    let index = max(0, Int(id) + 1 - Int(first.id))
    return index < memory.count ? memory[index] : nil
  }

  mutating func acknowledge(through id: UInt64) throws(SpoolError) {
    if let spool {
      try spool.acknowledge(through: id)
      return
    }
    while let first = memory.first, first.id <= id {
      memoryBytes -= first.lines.count
      memory.removeFirst()
    }
  }
}
