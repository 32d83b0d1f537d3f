public import TSQCodec
public import TSQCore

/// Sends line protocol over TCP and knows, batch by batch, what the server has on disk.
///
/// At least once on the wire: what is not acknowledged is sent again over the next connection, in
/// order. Exactly once in the store, because a store keeps one sample per series and instant, and
/// because each batch says its own precision, whatever was sent before it; lines without a timestamp
/// must pass `LineBatcher` first. Run `run()` in a task beside the sending.
public actor LineSender {
  /// Where it sends.
  public nonisolated let server: HostPort
  private nonisolated let options: LineSenderOptions
  private nonisolated let onRejection: @Sendable (Rejection) -> Void
  private nonisolated let onTrouble: @Sendable (String?) -> Void
  private var queue: SendQueue
  private var window: SendWindow
  private var lastTaken: UInt64 = 0
  /// Where the batches come from that are not acknowledged yet.
  private var origins: [UInt64: BatchOrigin] = [:]
  private var oldestSince: ContinuousClock.Instant?
  private var counted = SendTotals()
  /// When a batch was last acknowledged.
  private var lastProgress = ContinuousClock.now
  /// The server will not have it, however often it is asked.
  private var isRefused = false
  private var trouble = "no connection yet"
  /// The trouble that `onTrouble` was told and that is not over.
  private var told: String?
  private var finishing = false
  private var wakeWriter: AsyncStream<Void>.Continuation?

  /// A sender that does nothing until `run()`.
  ///
  /// - Parameters:
  ///   - server: the server's line-protocol address.
  ///   - options: limits, waits, and the spool.
  ///   - onRejection: told of each rejected line that the server names; must not block.
  ///   - onTrouble: told when the server cannot be reached or a connection is lost, once a reason, and
  ///     with `nil` when batches are acknowledged again; must not block.
  /// - Throws: `SpoolError` where the spool cannot be opened.
  public init(
    to server: HostPort, options: LineSenderOptions = .init(),
    onRejection: @escaping @Sendable (Rejection) -> Void = { _ in },
    onTrouble: @escaping @Sendable (String?) -> Void = { _ in }
  ) throws(SpoolError) {
    self.server = server
    self.options = options
    self.onRejection = onRejection
    self.onTrouble = onTrouble
    self.queue = try SendQueue(options)
    self.window = SendWindow(
      limit: options.windowBatches, byteLimit: options.windowBytes, token: options.access.token)
  }

  /// What was acknowledged so far.
  public var totals: SendTotals {
    var now = counted
    now.dropped = queue.droppedBatches
    return now
  }

  /// Batches given and not yet acknowledged.
  public var waitingBatches: Int { queue.waitingBatches }

  /// Damage found in the spool so far; what stands around it is sent.
  public var spoolDamage: [Spool.Damage] { queue.damage }

  /// Bytes at the end of the newest spool file that a crash left torn: no whole batch, so never promised.
  public var tornSpoolBytes: Int { queue.tornBytes }

  /// The last thing that went wrong, for messages.
  public var lastTrouble: String { trouble }

  // MARK: - Giving batches

  /// Takes a batch of whole lines; waits while the queue in memory is full.
  ///
  /// With a spool the batch is on disk when this returns.
  ///
  /// - Parameters:
  ///   - lines: each ended by a line feed.
  ///   - precision: the unit of their timestamps.
  ///   - origin: where they come from, for rejections.
  /// - Throws: `SendError`; `SpoolError` where the spool cannot keep it.
  public func send(
    _ lines: [UInt8], precision: LinePrecision = .nanoseconds, origin: BatchOrigin? = nil
  ) async throws {
    guard lines.last == UInt8(ascii: "\n") else { throw SendError.notWholeLines }
    let batch = Array("# tsq precision=\(precision.rawValue)\n".utf8) + lines
    let start = ContinuousClock.now
    while !finishing, !queue.hasRoom(for: batch.count) {
      try Task.checkCancellation()
      try checkPatience(options.patience, since: start)
      try await Task.sleep(for: LineSender.pollInterval)
    }
    guard !finishing else { throw SendError.finished }
    let id = try queue.append(batch)
    origins[id] = origin
    wakeWriter?.yield()
  }

  /// How often somebody who waits looks again.
  private static let pollInterval = Duration.milliseconds(5)

  /// Throws where nothing was acknowledged for too long, or never will be.
  private func checkPatience(
    _ patience: Duration?, since start: ContinuousClock.Instant
  ) throws(SendError) {
    let isOver = patience.map { ContinuousClock.now - max(start, lastProgress) >= $0 } ?? false
    guard isOver || isRefused else { return }
    throw .unacknowledged(batches: queue.waitingBatches, lastTrouble: trouble)
  }

  /// Waits until every batch is acknowledged.
  ///
  /// - Parameter timeout: how long to wait for the next acknowledgement; `nil` waits for as long as
  ///   it takes.
  /// - Returns: the totals.
  /// - Throws: `SendError.unacknowledged` when the time is over.
  @discardableResult
  public func drain(timeout: Duration? = nil) async throws -> SendTotals {
    let start = ContinuousClock.now
    while queue.waitingBatches > 0 {
      try checkPatience(timeout, since: start)
      try Task.checkCancellation()
      try await Task.sleep(for: LineSender.pollInterval)
    }
    return totals
  }

  /// Takes no more batches, waits for the acknowledgement of the rest, and ends `run()`.
  ///
  /// - Parameter timeout: how long to wait for the next acknowledgement; `run()` ends either way.
  /// - Returns: the totals.
  /// - Throws: `SendError.unacknowledged` when the time is over.
  @discardableResult
  public func finish(timeout: Duration? = nil) async throws -> SendTotals {
    defer {
      finishing = true
      wakeWriter?.finish()
    }
    return try await drain(timeout: timeout)
  }

  // MARK: - The connection

  /// Connects, sends and reconnects until the task is cancelled or `finish()` is done.
  public func run() async {
    var backoff = Backoff(first: options.firstBackoff, longest: options.longestBackoff)
    while !finishing, !Task.isCancelled {
      do {
        let link = try await SenderLink.connect(
          to: server, access: options.access, timeout: options.connectTimeout)
        counted.connections += 1
        trouble = "no answer yet"
        let before = counted.batches
        defer { wakeWriter = nil }
        do {
          try await converse(link)
          trouble = "the server closed the connection"
        } catch {
          trouble = NetworkReason.text(error)
          isRefused = options.givesUpWhenUnauthorized && LinkError.isUnauthorized(error)
        }
        if counted.batches > before { backoff.reset() }
      } catch {
        trouble = NetworkReason.text(error)
      }
      if finishing || isRefused || Task.isCancelled { break }
      if told != trouble {
        told = trouble
        onTrouble(trouble)
      }
      let wait = backoff.next(jitter: Double.random(in: 0...1))
      try? await Task.sleep(for: wait)
    }
  }

  private func converse(_ link: SenderLink) async throws {
    let (wakeups, wake) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    wakeWriter = wake
    counted.resent += window.inFlight.count
    let opening = window.connected()
    oldestSince = window.inFlight.isEmpty ? nil : .now
    let patience = options.replyTimeout
    try await link.converse(
      write: { write in
        try await write(opening)
        while !Task.isCancelled {
          while let bytes = try await self.nextBytes() { try await write(bytes) }
          var iterator = wakeups.makeAsyncIterator()
          guard await iterator.next() != nil else { return }
        }
      },
      reply: { text in try await self.received(text) },
      watch: {
        while !Task.isCancelled {
          try await Task.sleep(for: min(patience / 4, .seconds(1)))
          if await self.isOverdue { throw LinkError.silent(patience) }
        }
      })
  }

  private var isOverdue: Bool {
    guard let oldestSince else { return false }
    return ContinuousClock.now - oldestSince > options.replyTimeout
  }

  /// The bytes of the next batch, or `nil` while the window is full or nothing waits.
  private func nextBytes() throws -> [UInt8]? {
    guard window.hasRoom, let batch = try queue.batch(after: lastTaken) else { return nil }
    lastTaken = batch.id
    if oldestSince == nil { oldestSince = .now }
    return window.send(batch.lines, id: batch.id)
  }

  private func received(_ text: String) throws {
    guard let reply = AckReply(text) else { throw LinkError.notAReply(text) }
    switch window.received(reply) {
    case .more:
      break
    case .done(let flight, let receipt):
      try queue.acknowledge(through: flight.id)
      counted.batches += 1
      lastProgress = .now
      origins[flight.id] = nil
      if told != nil {
        told = nil
        onTrouble(nil)
      }
      counted.lines += receipt.lines
      counted.samples += receipt.samples
      counted.rejected += receipt.rejected
      oldestSince = window.inFlight.isEmpty ? nil : .now
      wakeWriter?.yield()
    case .rejected(let batch, let line, let reason, let message):
      let origin = origins[batch]
      let place = origin.map { $0.firstLine + line - 1 } ?? line
      onRejection(
        Rejection(
          batch: batch, source: origin?.source, line: place, reason: reason, message: message))
    case .retry(let reason, let message):
      throw LinkError.refused(reason: reason, message: message)
    }
  }
}
