internal import NIOCore
package import TSQCodec
package import TSQStorage

/// What a stretch of one sender's input turned out to be.
package struct ParsedStretch: Sendable {
  /// What the caller does when it has taken the stretch.
  package enum Next: Hashable, Sendable {
    /// Wait for more input.
    case needsInput
    /// Parse on: there is more in the buffer.
    case more
    /// Obey an order, then parse on.
    case control(ControlLine)
  }

  /// A rejected line with where its bytes stand in the buffer that was parsed.
  package struct Rejected: Sendable {
    package let number: Int
    package let reason: RejectReason
    /// Counted from the buffer's reader index at the call.
    package let bytes: Range<Int>
    /// The text for a dead letter where the input itself is none.
    package var text: [UInt8]?
  }

  /// Bytes done with.
  package var consumed = 0
  /// The samples of the accepted lines.
  package var samples = SampleBatch()
  /// Lines accepted, those of strings only among them.
  package var acceptedLines = 0
  /// String fields of the accepted lines.
  package var ignored = 0
  /// Integers of the accepted lines that were rounded.
  package var rounded = 0
  /// The rejected lines in order.
  package var rejected: [Rejected] = []
  /// What to do next.
  package var next = Next.needsInput
}

/// One sender's place in its input: the parser's state between two reads.
package struct LineInput: Sendable {
  /// The text format; dead letters are kept apart by it.
  package let format: LineFormat
  /// The parser; precision and line number live in it.
  package var parser: any LineParsing
  /// The worker that parsed last: its key table predicts this sender best.
  var worker = 0
  /// Whether it is the body of a request.
  var isRequest = false

  /// The start of an input.
  package init(
    _ format: LineFormat = .lineProtocol, limits: LineProtocolLimits,
    precision: LinePrecision = .nanoseconds
  ) {
    self.format = format
    self.parser = format.parser(limits: limits, precision: precision)
  }
}

/// The memory that parsing needs: columns, and which raw key is which series.
///
/// A few of these serve any number of connections, so that memory grows with processors and series
/// and not with connections.
struct IngestWorker {
  /// Marks a key whose series the store refused.
  private static let refused = UInt32.max
  /// Refused keys asked for again in one stretch: the limit may have been raised, or series deleted.
  private static let retriesPerStretch = 256
  /// Keys remembered; past it the table starts anew, which costs time and never an answer.
  private static let keyCapacity = 2_000_000
  private static let keyBytes = 160 << 20

  private var keys = SeriesKeyTable(keyCapacity: keyCapacity, byteCapacity: keyBytes)
  private var batch = LineBatch()
  /// The series number of each key.
  private var series: [UInt32] = []
  private var refusedKeys = 0

  /// Parses until the input, the batch or the key table is exhausted, or an order comes.
  ///
  /// - Parameters:
  ///   - input: the sender's place.
  ///   - buffer: the bytes from the first one not consumed; it is not changed.
  ///   - receivedAt: the time of lines without one, nanoseconds.
  ///   - end: what follows the bytes.
  ///   - sink: who knows the series.
  /// - Returns: what was found. Errors of the store other than its series limit are its appends'.
  mutating func parse(
    _ input: inout LineInput, _ buffer: ByteBuffer, receivedAt: Int64,
    end: LineProtocolParser.InputEnd, sink: any SampleSink
  ) -> ParsedStretch {
    batch.removeAll()
    var stretch = ParsedStretch()
    let base = input.parser.consumedBytes
    var mustForget = false
    scan: while true {
      let rest = buffer.readableBytesSpan.extracting(droppingFirst: stretch.consumed)
      let progress = input.parser.parse(
        rest, receivedAt: receivedAt, end: end, keys: &keys, into: &batch)
      let start = buffer.readerIndex + stretch.consumed
      stretch.consumed += progress.consumed
      switch progress.stop {
      case .needsInput:
        break scan
      case .batchFull:
        stretch.next = .more
        break scan
      case .keyTableFull:
        stretch.next = .more
        mustForget = true
        break scan
      case .comment(let range):
        let text = buffer.getBytes(at: start + range.lowerBound, length: range.count) ?? []
        guard let control = ControlLine(text) else { continue }
        stretch.next = .control(control)
        break scan
      }
    }
    resolveNewKeys(sink)
    take(into: &stretch, base: base, sink: sink)
    if mustForget { forget() }
    return stretch
  }

  /// Takes samples of a remote write request until it, the batch or the key table is exhausted.
  ///
  /// - Returns: what was found; `next` is `more` as long as the request has more.
  mutating func fill(from reader: inout RemoteWriteReader, sink: any SampleSink) -> ParsedStretch {
    batch.removeAll()
    var stretch = ParsedStretch()
    let stop = reader.fill(keys: &keys, into: &batch)
    stretch.next = stop == .done ? .needsInput : .more
    resolveNewKeys(sink)
    take(into: &stretch, base: 0, sink: sink)
    if stop == .keyTableFull { forget() }
    return stretch
  }

  private mutating func forget() {
    keys.removeAll()
    series.removeAll()
    refusedKeys = 0
  }

  private mutating func resolveNewKeys(_ sink: any SampleSink) {
    for key in keys.newKeys {
      let number = resolve(key, sink)
      if number == IngestWorker.refused { refusedKeys += 1 }
      series.append(number)
    }
    keys.markKeysResolved()
  }

  private func resolve(_ key: UInt32, _ sink: any SampleSink) -> UInt32 {
    do {
      return try sink.resolve(keys.labels(of: key)).rawValue
    } catch {
      return IngestWorker.refused
    }
  }

  private mutating func take(
    into stretch: inout ParsedStretch, base: Int, sink: any SampleSink
  ) {
    stretch.rejected = batch.rejected.map { line in
      .init(
        number: line.number, reason: line.reason,
        bytes: (line.bytes.lowerBound - base)..<(line.bytes.upperBound - base),
        text: line.letter ?? (line.bytes.isEmpty ? line.excerpt : nil))
    }
    stretch.acceptedLines = batch.lines.count
    stretch.ignored = batch.ignoredStringFields
    stretch.rounded = batch.roundedIntegers
    let (keyColumn, times, values) = batch.columns
    if refusedKeys == 0 {
      let ids = keyColumn.map { SeriesID(rawValue: series[Int($0)]) }
      stretch.samples = SampleBatch(series: ids, times: times, values: values)
    } else {
      takeByLine(into: &stretch, base: base, keyColumn, times, values, sink)
    }
  }

  /// Leaves out whole lines that need a refused series: a line is stored whole or not at all.
  private mutating func takeByLine(
    into stretch: inout ParsedStretch, base: Int, _ keyColumn: [UInt32], _ times: [Int64],
    _ values: [Double], _ sink: any SampleSink
  ) {
    var retries = IngestWorker.retriesPerStretch
    for line in batch.lines {
      var isRefused = false
      for index in line.samples {
        let key = Int(keyColumn[index])
        if series[key] == IngestWorker.refused, retries > 0 {
          retries -= 1
          series[key] = resolve(keyColumn[index], sink)
          if series[key] != IngestWorker.refused { refusedKeys -= 1 }
        }
        isRefused = isRefused || series[key] == IngestWorker.refused
      }
      if isRefused {
        stretch.acceptedLines -= 1
        stretch.rejected.append(
          .init(
            number: line.number, reason: .seriesLimit,
            bytes: (line.bytes.lowerBound - base)..<(line.bytes.upperBound - base),
            text: line.bytes.isEmpty ? text(line, keyColumn, times, values) : nil))
        continue
      }
      for index in line.samples {
        let id = SeriesID(rawValue: series[Int(keyColumn[index])])
        stretch.samples.append(series: id, time: times[index], value: values[index])
      }
    }
    stretch.rejected.sort { $0.number < $1.number }
  }

  /// A sample that came without a text, as one that can be imported.
  private func text(
    _ line: AcceptedLine, _ keyColumn: [UInt32], _ times: [Int64], _ values: [Double]
  ) -> [UInt8]? {
    line.samples.first.map { index in
      ExpositionWriter.line(
        keys.labels(of: keyColumn[index]), time: times[index], value: values[index])
    }
  }
}
