/// Which batches are on their way, as a value without a socket.
///
/// Every event is a mutating function that returns what the connection must do. A batch leaves the
/// window only by an acknowledgement; a lost connection puts all of them back in front of the
/// queue, in order, so that each is sent at least once and never out of order.
struct SendWindow {
  /// One batch on the wire and not yet acknowledged.
  struct Flight: Equatable {
    /// The id in `# tsq sync ID`; ascending, never reused by one sender.
    let id: UInt64
    /// Whole lines, each ended by a line feed; the first says their precision.
    let lines: [UInt8]
    /// How many line feeds `lines` holds.
    let lineCount: Int
    /// The connection's line number of the line behind the first, from 1.
    var firstLine = 0
  }

  /// What a reply means for the sender.
  enum Verdict: Equatable {
    /// Nothing to do yet.
    case more
    /// The oldest batch is done.
    case done(Flight, Receipt)
    /// A line of a batch was rejected; `line` counts within the batch from 1.
    case rejected(batch: UInt64, line: Int, reason: String, message: String)
    /// Close, wait, connect again and send everything that is still in flight.
    case retry(reason: String, message: String)
  }

  /// What the server said about one batch.
  struct Receipt: Equatable {
    var lines: Int
    var samples: Int
    var rejected: Int
    var sequence: UInt64
  }

  /// The most batches in flight at once.
  let limit: Int
  /// The most bytes in flight at once; one batch may always fly, whatever its size.
  let byteLimit: Int
  private(set) var inFlight: [Flight] = []
  private(set) var bytesInFlight = 0
  private var nextLine = 1

  /// Lines that every connection starts with; they count in the server's line numbers.
  private let preamble: [UInt8]

  /// An empty window.
  ///
  /// - Parameters:
  ///   - limit: batches in flight at once, at least 1.
  ///   - byteLimit: bytes in flight at once.
  ///   - token: what the server asks for, or `nil`.
  init(limit: Int, byteLimit: Int, token: String? = nil) {
    precondition(limit > 0, "a window without room would never send")
    self.limit = limit
    self.byteLimit = byteLimit
    let entrance = token.map { "# tsq auth \($0)\n" } ?? ""
    self.preamble = Array("\(entrance)# tsq ack=durable\n".utf8)
  }

  /// Whether another batch may be sent now.
  var hasRoom: Bool {
    inFlight.isEmpty || (inFlight.count < limit && bytesInFlight < byteLimit)
  }

  /// Takes a batch on board and returns the bytes to write.
  mutating func send(_ lines: [UInt8], id: UInt64) -> [UInt8] {
    precondition(lines.last == UInt8(ascii: "\n"), "a batch is whole lines")
    let lineCount = lines.count { $0 == UInt8(ascii: "\n") }
    inFlight.append(Flight(id: id, lines: lines, lineCount: lineCount))
    bytesInFlight += lines.count
    return wire(inFlight.count - 1)
  }

  /// A new connection is up: returns all the bytes it must start with.
  mutating func connected() -> [UInt8] {
    nextLine = 1 + preamble.count { $0 == UInt8(ascii: "\n") }
    var bytes = preamble
    for index in inFlight.indices { bytes += wire(index) }
    return bytes
  }

  /// The server said one line.
  mutating func received(_ reply: AckReply) -> Verdict {
    switch reply {
    case .ok(let id, let lines, let samples, let rejected, let sequence):
      guard let first = inFlight.first, first.id == id else {
        return .retry(reason: "protocol", message: "acknowledged \(id), which is not next")
      }
      inFlight.removeFirst()
      bytesInFlight -= first.lines.count
      let receipt = Receipt(lines: lines, samples: samples, rejected: rejected, sequence: sequence)
      return .done(first, receipt)
    case .reject(let line, let reason, let message):
      guard let flight = inFlight.first(where: { line < $0.firstLine + $0.lineCount - 1 }) else {
        return .more
      }
      return .rejected(
        batch: flight.id, line: line - flight.firstLine + 1, reason: reason, message: message)
    case .error(_, let reason, let message):
      return .retry(reason: reason, message: message)
    }
  }

  /// The bytes of one batch and its sync, numbered by this connection's lines.
  private mutating func wire(_ index: Int) -> [UInt8] {
    inFlight[index].firstLine = nextLine + 1
    nextLine += inFlight[index].lineCount + 1
    return inFlight[index].lines + Array("# tsq sync \(inFlight[index].id)\n".utf8)
  }
}
