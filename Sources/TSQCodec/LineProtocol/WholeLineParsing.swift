/// A parser of a format in which no value spans lines: the newline always ends the line.
///
/// Finds the lines of an input that arrives in pieces, numbers them, and rejects those that are too
/// long or cut off, for every such format alike. Influx line protocol is not one: its quoted values
/// may hold newlines.
protocol WholeLineParsing: LineParsing {
  /// What one line may hold.
  var limits: LineProtocolLimits { get }
  /// Whether a byte order mark at the start of the input is passed over.
  var passesByteOrderMark: Bool { get }
  /// How many bytes were consumed since the start of the input.
  var consumedBytes: Int { get set }
  /// What is known of a line whose newline did not come yet.
  var unfinished: UnfinishedLine { get set }

  /// Deals with one line's text, its newline left out.
  ///
  /// - Parameters:
  ///   - bytes: what `line` is a range of.
  ///   - line: where the text stands; a carriage return before the newline belongs to it.
  ///   - receivedAt: the time of a line without one.
  ///   - keys: gets the line's key.
  ///   - batch: gets its samples.
  /// - Returns: `nil` to go on, a comment to hand it out, or what the line has no room in: it is
  ///   given again then.
  mutating func step(
    _ bytes: RawSpan, _ line: Range<Int>, receivedAt: Int64, _ keys: inout SeriesKeyTable,
    _ batch: inout LineBatch
  ) -> LineProtocolParser.Stop?

  /// The whole input was parsed and nothing follows it.
  mutating func finish(_ batch: inout LineBatch)
}

/// What a parser keeps of a line whose newline did not come yet.
struct UnfinishedLine: Sendable {
  /// How many of its bytes are known to hold no newline, so that a slow sender does not make us look
  /// at them anew.
  var scanned = 0
  /// The line was rejected before its newline came; its rest is dropped.
  var isSkipping = false
}

extension WholeLineParsing {
  var passesByteOrderMark: Bool { true }

  mutating func finish(_ batch: inout LineBatch) {}

  /// What `LineParsing.parse` asks for.
  mutating func parseLines(
    _ bytes: RawSpan, receivedAt: Int64, end: LineProtocolParser.InputEnd,
    _ keys: inout SeriesKeyTable, _ batch: inout LineBatch
  ) -> LineProtocolParser.Progress {
    var cursor = consumedBytes == 0 && passesByteOrderMark ? ByteOrderMark.count(in: bytes) : 0
    var stop = LineProtocolParser.Stop.needsInput
    while cursor < bytes.byteCount, stop == .needsInput {
      let from = max(cursor, min(unfinished.scanned, bytes.byteCount))
      unfinished.scanned = 0
      let newline = bytes.firstOffset(of: Octet.newline, from: from, to: bytes.byteCount)
      let line = cursor..<(newline ?? bytes.byteCount)
      if unfinished.isSkipping {
        unfinished.isSkipping = newline == nil
      } else if line.count > limits.lineBytes {
        reject(.lineTooLong, bytes, line, &batch)
        unfinished.isSkipping = newline == nil
      } else if newline == nil, end == .open {
        unfinished.scanned = line.count
        break
      } else if newline == nil, end == .cut {
        reject(.incompleteLine, bytes, line, &batch)
      } else if let reason = step(bytes, line, receivedAt: receivedAt, &keys, &batch) {
        // A full batch or table leaves the line for the next call; a comment is done with.
        stop = reason
        guard case .comment = reason else { break }
      }
      cursor = newline.map { $0 + 1 } ?? bytes.byteCount
      if newline != nil { lineNumber += 1 }
    }
    consumedBytes += cursor
    if end != .open, stop == .needsInput, cursor == bytes.byteCount { finish(&batch) }
    return LineProtocolParser.Progress(consumed: cursor, stop: stop)
  }

  /// Notes a rejected line.
  func reject(
    _ reason: RejectReason, _ bytes: RawSpan, _ line: Range<Int>, _ batch: inout LineBatch
  ) {
    batch.reject(reason, number: lineNumber, bytes, line, inputOffset: consumedBytes)
  }

  /// Where a line stands in the whole input.
  func place(_ line: Range<Int>) -> Range<Int> {
    (consumedBytes + line.lowerBound)..<(consumedBytes + line.upperBound)
  }
}
