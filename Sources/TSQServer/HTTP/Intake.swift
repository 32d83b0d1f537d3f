internal import NIOCore
internal import TSQCodec
internal import TSQCore
internal import TSQStorage

/// One request's samples on their way into the store, whatever their format.
///
/// Good samples around bad ones are stored. The ledger is told whatever happens.
struct Intake {
  private let center: IngestCenter
  private let account: UInt64
  private let peer: String
  private let rejectsListed: Int
  private var pipeline: AppendPipeline
  /// What the pipeline does not count: bytes, and lines that never came that far.
  private var own = LedgerCounts()
  private var declared: [MetricMetadata] = []

  /// Lines whose samples are in the store, durable and visible.
  private(set) var accepted = 0
  /// Samples of these lines, those that are not stored by design left out.
  private(set) var samples = 0
  /// Samples among them that took the place of one still in memory.
  private(set) var replaced = 0
  /// The first of the rejected lines.
  private(set) var listed: [WriteAnswer.Line] = []
  /// Why the store did not take all of it: nothing is promised then.
  private(set) var failure: StoreError?
  /// Lines that were not stored.
  var rejected: Int { own.rejected }

  init(services: WebServices, account: UInt64, peer: String) {
    self.center = services.center
    self.account = account
    self.peer = peer
    self.rejectsListed = services.configuration.web.rejectsListed
    self.pipeline = AppendPipeline(center: services.center, account: account)
  }

  /// Stores the good lines of a body.
  ///
  /// - Parameters:
  ///   - body: the whole of it; its last line may lack an end.
  ///   - input: the format and unit of its lines, at its start.
  ///   - given: the time of lines without one, where the request names it.
  mutating func take(_ body: ByteBuffer, as input: LineInput, given: Timestamp? = nil) async {
    var input = input
    let now = given ?? .now
    input.isRequest = true
    var rest = body
    own.addBytes(body.readableBytes)
    while true {
      let stretch = center.workers.parse(
        &input, rest, receivedAt: now.nanoseconds, end: .complete)
      reject(
        stretch.rejected, input.format, .init(unit: input.parser.timeUnit, given: given), in: rest)
      rest.moveReaderIndex(forwardBy: stretch.consumed)
      if case .control(.precision(let precision)) = stretch.next {
        _ = input.parser.declare(precision)
      }
      await store(stretch)
      if case .control(let control) = stretch.next, let words = control.unknownUnit {
        refuse(rest, behind: words, line: input.parser.lineNumber - 1)
        break
      }
      if stretch.next == .needsInput { break }
      // A body of rejected lines waits for nothing: others must have their turn.
      await Task.yield()
    }
    declared = input.parser.takeDeclarations()
    await finish()
  }

  /// Stores the good samples of a remote write request.
  mutating func take(_ reader: RemoteWriteReader, byteCount: Int) async {
    var reader = reader
    own.addBytes(byteCount)
    while true {
      let stretch = center.workers.fill(from: &reader)
      reject(stretch.rejected, .prometheus, .init(), in: ByteBuffer())
      await store(stretch)
      if stretch.next == .needsInput { break }
      await Task.yield()
    }
    declared = reader.declared
    await finish()
  }

  private mutating func store(_ stretch: ParsedStretch) async {
    guard stretch.acceptedLines > 0 || stretch.ignored > 0 else { return }
    guard failure == nil else {
      return own.addRejected(.storeUnavailable, lines: stretch.acceptedLines)
    }
    // Every batch asks for its sync: they share one, and the answer waits for all of them.
    guard let sent = await pipeline.send(stretch, durability: .synced, waitsForSpace: false) else {
      failure = .closed
      return own.addRejected(.storeUnavailable, lines: stretch.acceptedLines)
    }
    settle(sent)
  }

  private mutating func finish() async {
    settle(await pipeline.settleAll())
    center.ledger.add(own, to: account)
    guard failure == nil else { return }
    do throws(StoreError) {
      try await center.descriptions.keep(declared)
    } catch {
      center.note(error)
      failure = error
    }
  }

  private mutating func settle(_ settled: [AppendPipeline.Settled]) {
    for batch in settled {
      switch batch.result {
      case .success(let receipt):
        replaced += receipt.replaced
        accepted += batch.lines
        samples += batch.sampleCount
      case .failure(let error): failure = failure ?? error
      }
    }
  }

  /// Refuses what follows an order that names no unit of time: nobody can tell what its times mean.
  private mutating func refuse(_ rest: ByteBuffer, behind order: String, line: Int) {
    let reason = RejectReason.unknownUnit
    let newline = UInt8(ascii: "\n")
    let bytes = rest.readableBytesView
    let lines = bytes.count { $0 == newline } + (bytes.last.map { $0 == newline ? 0 : 1 } ?? 0)
    guard lines > 0 else { return }
    own.addRejected(reason, lines: lines)
    listed.append(
      .init(
        line: line, reason: reason.rawValue,
        message: "`\(order)` is no unit of time; the \(lines) lines behind it are not stored"))
  }

  private mutating func reject(
    _ lines: [ParsedStretch.Rejected], _ format: LineFormat, _ terms: DeadLetters.TimeTerms,
    in buffer: ByteBuffer
  ) {
    guard !lines.isEmpty else { return }
    let now = Timestamp.now
    for line in lines {
      own.addRejected(line.reason)
      if listed.count < rejectsListed {
        listed.append(
          .init(line: line.number, reason: line.reason.rawValue, message: line.reason.message))
      }
      let shown = min(line.bytes.count, center.limits.deadLetterLineBytes + 1)
      let start = buffer.readerIndex + line.bytes.lowerBound
      let bytes = start >= 0 ? buffer.getBytes(at: start, length: shown) : nil
      let text = line.text ?? bytes ?? []
      center.deadLetters[format].take(
        text, fullBytes: max(text.count, line.bytes.count), number: line.number,
        reason: line.reason, peer: peer, time: now, terms: terms)
    }
  }
}
