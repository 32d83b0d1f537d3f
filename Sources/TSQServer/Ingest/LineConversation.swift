internal import NIOCore
internal import TSQCodec
internal import TSQCore
internal import TSQStorage

/// One sender of lines on one connection, from bytes to replies.
///
/// Knows no socket: bytes come in, reply texts go out through a closure that never waits.
struct LineConversation {
  private let center: IngestCenter
  private let account: UInt64
  private let peer: String
  private let reply: @Sendable (String) -> Void
  private var input: LineInput
  private var session: AckSession
  private var pipeline: AppendPipeline
  private var buffer = ByteBuffer()
  /// Whether something was sent off since the last sync that did not ask for one itself.
  private var isUnsynced = false
  /// The order that named no unit of time, until another one names one.
  private var unknownUnit: String?
  private var isAdmitted: Bool
  /// Whether the first line was no token that opens the server: nothing is read any more.
  private(set) var isRefused = false

  /// The start of a conversation.
  ///
  /// - Parameters:
  ///   - center: what all ways in share.
  ///   - format: what the lines are.
  ///   - account: the sender's account in the ledger.
  ///   - peer: who it is, for dead letters.
  ///   - reply: writes a reply; must return at once.
  init(
    center: IngestCenter, format: LineFormat = .lineProtocol, account: UInt64, peer: String,
    reply: @escaping @Sendable (String) -> Void
  ) {
    self.center = center
    self.account = account
    self.peer = peer
    self.reply = reply
    self.input = LineInput(format, limits: center.limits.line)
    self.isAdmitted = !center.tokens.isRequired
    self.session = AckSession(rejectReplies: center.limits.rejectReplies)
    self.pipeline = AppendPipeline(center: center, account: account)
  }

  /// Takes what the socket gave; returns when it is parsed and on its way into the store.
  mutating func receive(_ bytes: ByteBuffer) async {
    var counts = LedgerCounts()
    counts.addBytes(bytes.readableBytes)
    center.ledger.add(counts, to: account)
    if buffer.readableBytes == 0 {
      buffer = bytes
    } else {
      var more = bytes
      buffer.discardReadBytes()
      buffer.writeBuffer(&more)
    }
    guard admit() else { return }
    await work(end: .open)
    shrink()
  }

  /// Whether the sender may be read: its first line must be a token where the server asks for one.
  private mutating func admit() -> Bool {
    if isAdmitted { return true }
    let start = buffer.readableBytesView
    // A file that is sent as it is may begin with the mark; the parser passes over it too.
    let head = start.dropFirst(ByteOrderMark.count(in: start))
      .prefix(LineConversation.longestEntrance)
    if let end = head.firstIndex(of: UInt8(ascii: "\n")) {
      // The line stays in the buffer: it is a comment, and counts in the line numbers.
      if case .authenticate(let token)? = ControlLine(head[..<end]) {
        isAdmitted = center.tokens.admits(token.utf8)
      }
    } else if head.count < LineConversation.longestEntrance, !isRefused {
      return false
    }
    if !isAdmitted { refuse() }
    return isAdmitted
  }

  /// The longest first line: an order with the longest token and a line end.
  private static let longestEntrance = AccessTokens.longest + 32

  private mutating func refuse() {
    buffer = ByteBuffer()
    guard !isRefused else { return }
    isRefused = true
    center.accessCounts.refuseConnection()
    reply("err - reason=unauthorized \"the first line must be `# tsq auth TOKEN` with a token\"\n")
  }

  /// Lets go of a large read's memory: thousands of connections may fall silent after one.
  private mutating func shrink() {
    if buffer.readableBytes == 0 {
      buffer = ByteBuffer()
    } else if buffer.capacity > 4 * buffer.readableBytes {
      buffer = ByteBuffer(bytes: buffer.readableBytesView)
    }
  }

  /// The sender is gone: what is whole is stored, the rest of a line is rejected.
  mutating func finish() async {
    if isAdmitted {
      await work(end: .cut)
    } else if buffer.readableBytes > 0 {
      refuse()
    }
    await settle()
  }

  /// Waits until every batch sent off has arrived or failed.
  mutating func settle() async { take(await pipeline.settleAll()) }

  /// Whether the sender asked for replies.
  var isAcknowledging: Bool { session.isAcknowledging }

  /// Whether the sender ever asked for a reply: what it sends must not wait.
  private(set) var isAnswering = false

  private mutating func work(end: LineProtocolParser.InputEnd) async {
    var turn = 0
    while true {
      let stretch = center.workers.parse(
        &input, buffer, receivedAt: Timestamp.now.nanoseconds, end: end)
      reject(stretch.rejected)
      buffer.moveReaderIndex(forwardBy: stretch.consumed)
      await store(stretch)
      switch stretch.next {
      case .needsInput: return
      case .more: break
      case .control(let control): await obey(control)
      }
      // Rejected lines and orders wait for nothing: without this a sender of nothing else would keep
      // its thread for a whole read, and with some of them every request would wait for seconds.
      turn += stretch.consumed + LineConversation.orderCost
      if turn >= LineConversation.turnBytes {
        turn = 0
        await Task.yield()
      }
    }
  }

  /// What a sender may do before others have their turn, in bytes parsed: below a millisecond.
  private static let turnBytes = 64 << 10
  /// An order or the end of a stretch costs as much as so many bytes of lines.
  private static let orderCost = 4 << 10

  private mutating func reject(_ lines: [ParsedStretch.Rejected]) {
    guard !lines.isEmpty else { return }
    var counts = LedgerCounts()
    let now = Timestamp.now
    for line in lines {
      counts.addRejected(line.reason)
      let start = buffer.readerIndex + line.bytes.lowerBound
      let shown = min(line.bytes.count, center.limits.deadLetterLineBytes + 1)
      // A line whose beginning came in an earlier read and was dropped has no bytes left to keep.
      let text = start >= 0 ? buffer.getBytes(at: start, length: shown) ?? [] : []
      center.deadLetters[input.format].take(
        text, fullBytes: line.bytes.count, number: line.number, reason: line.reason, peer: peer,
        time: now, terms: .init(unit: input.parser.timeUnit, unknownUnit: unknownUnit))
      if let text = session.rejected(line: line.number, reason: line.reason) { reply(text) }
    }
    center.ledger.add(counts, to: account)
  }

  private mutating func store(_ stretch: ParsedStretch) async {
    guard stretch.acceptedLines > 0 else { return }
    guard !session.isAcknowledging || !session.hasFailed else {
      // Said with the next sync: what follows a lost batch must not be promised without it.
      return count { $0.addRejected(.storeUnavailable, lines: stretch.acceptedLines) }
    }
    var durability = Durability.buffered
    if case .control(.sync) = stretch.next { durability = .synced }
    // One sync serves every batch written before it.
    isUnsynced = durability == .buffered
    guard
      let settled = await pipeline.send(
        stretch, durability: durability, waitsForSpace: !session.isAcknowledging)
    else {
      session.failed(.closed)
      return count { $0.addRejected(.storeUnavailable, lines: stretch.acceptedLines) }
    }
    take(settled)
  }

  private mutating func take(_ settled: [AppendPipeline.Settled]) {
    for batch in settled {
      switch batch.result {
      case .success(let receipt):
        session.stored(
          lines: batch.lines, samples: batch.sampleCount, ignored: batch.ignored,
          sequence: receipt.sequence)
      case .failure(let error):
        isUnsynced = true
        session.failed(error)
      }
    }
  }

  private mutating func obey(_ control: ControlLine) async {
    switch control {
    case .acknowledge(let isOn):
      session.acknowledge(isOn)
      isAnswering = isAnswering || isOn
    case .precision(let precision):
      if input.parser.declare(precision) {
        unknownUnit = nil
      } else if let text = session.answer(unknown: "precision=\(precision.rawValue)") {
        reply(text)
      }
    case .authenticate: break
    case .unknown(let words):
      if let order = control.unknownUnit, input.parser.forgetUnit() { unknownUnit = order }
      if let text = session.answer(unknown: words) { reply(text) }
    case .sync(let id):
      isAnswering = true
      await settle()
      if isUnsynced, !session.hasFailed {
        do throws(StoreError) {
          session.synced(through: try await center.sink.sync())
          isUnsynced = false
        } catch {
          session.failed(error)
        }
      }
      reply(session.answer(id: id))
    }
  }

  private func count(_ change: (inout LedgerCounts) -> Void) {
    var counts = LedgerCounts()
    change(&counts)
    center.ledger.add(counts, to: account)
  }
}
