/// Turns Graphite's plaintext protocol into columns: `path[;tag=value...] value [timestamp]`.
///
/// Works as `LineProtocolParser` does, with the same batch and key table; the grammar is on the same
/// page, `docs/formats/line-protocol.md`.
public struct GraphiteParser: Sendable {
  /// What one line may hold.
  public let limits: LineProtocolLimits
  /// The number of the next line; every newline counts.
  public var lineNumber = 1
  /// How many bytes were consumed since the start of the input.
  public private(set) var consumedBytes = 0

  /// How many bytes of an unfinished line are known to hold no newline.
  private var scanned = 0
  private var isSkipping = false
  /// The line's path and tags in the form the key table keeps: those of line protocol.
  private var key = GraphiteKey()

  /// A parser at the start of an input.
  public init(limits: LineProtocolLimits = .init()) { self.limits = limits }

  /// Parses lines until the bytes, the batch or the key table are exhausted, or behind a comment.
  ///
  /// - Parameters:
  ///   - bytes: the input from the first byte not consumed yet.
  ///   - receivedAt: the time of lines without one, nanoseconds since the epoch.
  ///   - end: what follows the bytes.
  ///   - keys: gets the new keys of accepted lines.
  ///   - batch: gets the samples, after those it already holds.
  /// - Returns: how far it came and why it stopped. Call again at once unless it needs input.
  /// - Complexity: O(bytes), no allocation for a line like one before it.
  public mutating func parse(
    _ bytes: RawSpan, receivedAt: Int64, end: LineProtocolParser.InputEnd = .open,
    keys: inout SeriesKeyTable, into batch: inout LineBatch
  ) -> LineProtocolParser.Progress {
    var cursor = 0
    var stop = LineProtocolParser.Stop.needsInput
    while cursor < bytes.byteCount {
      let start = cursor
      let from = max(start, min(scanned, bytes.byteCount))
      scanned = 0
      let newline = bytes.firstOffset(of: Octet.newline, from: from, to: bytes.byteCount)
      let textEnd = newline ?? bytes.byteCount
      if isSkipping {
        isSkipping = newline == nil
      } else if textEnd - start > limits.lineBytes {
        reject(.lineTooLong, bytes, start..<textEnd, &batch)
        isSkipping = newline == nil
      } else if newline == nil, end == .open {
        scanned = bytes.byteCount - start
        break
      } else if newline == nil, end == .cut {
        reject(.incompleteLine, bytes, start..<textEnd, &batch)
      } else if let reason = step(bytes, start..<textEnd, receivedAt, &keys, &batch) {
        // A full batch or table leaves the line for the next call; a comment is done with.
        stop = reason
        guard case .comment = reason else { break }
      }
      cursor = newline.map { $0 + 1 } ?? bytes.byteCount
      if newline != nil { lineNumber += 1 }
      if stop != .needsInput { break }
    }
    consumedBytes += cursor
    return LineProtocolParser.Progress(consumed: cursor, stop: stop)
  }

  /// Deals with one line's text; gives why to stop, or `nil` to go on.
  private mutating func step(
    _ bytes: RawSpan, _ line: Range<Int>, _ receivedAt: Int64, _ keys: inout SeriesKeyTable,
    _ batch: inout LineBatch
  ) -> LineProtocolParser.Stop? {
    guard batch.rejected.count < LineBatch.rejectedCapacity,
      batch.lines.count < batch.sampleCapacity, batch.sampleCount < batch.sampleCapacity
    else { return .batchFull }
    var end = line.upperBound
    if end > line.lowerBound, bytes.octet(end - 1) == Octet.carriageReturn { end -= 1 }
    let words = GraphiteWords(bytes, from: line.lowerBound, to: end)
    if words.path.isEmpty { return nil }
    if bytes.octet(words.path.lowerBound) == Octet.hash {
      return .comment(words.path.lowerBound..<end)
    }
    do {
      let value = try words.value(bytes)
      let time = try words.time(bytes) ?? receivedAt
      try key.build(bytes, words.path, limits)
      return accept(line.lowerBound..<end, time: time, value: value, &keys, &batch)
    } catch {
      reject(error, bytes, line.lowerBound..<end, &batch)
      return nil
    }
  }

  private func accept(
    _ line: Range<Int>, time: Int64, value: Double, _ keys: inout SeriesKeyTable,
    _ batch: inout LineBatch
  ) -> LineProtocolParser.Stop? {
    let text = unsafe key.bytes.span.bytes
    let hash = keys.hasher.hash(text, from: 0, to: key.end)
    var known = keys.group(text, from: 0, to: key.end, hash: hash)
    if known == nil {
      guard keys.hasRoom(keyBytes: text.byteCount, fieldCount: 1) else { return .keyTableFull }
      known = keys.addGroup(text, from: 0, to: key.end, hash: hash)
    }
    let group = known ?? SeriesKeyTable.none
    let name = (key.end + 1)..<text.byteCount
    let field =
      keys.field(text, from: name.lowerBound, to: name.upperBound, group: group)
      ?? keys.addField(text, from: name.lowerBound, to: name.upperBound, group: group)
    let place = batch.sampleCount
    batch.stage(place, key: keys.key(ofField: field), time: time, value: value)
    batch.sampleCount = place + 1
    batch.lines.append(
      AcceptedLine(
        number: lineNumber,
        bytes: (consumedBytes + line.lowerBound)..<(consumedBytes + line.upperBound),
        samples: place..<(place + 1)))
    return nil
  }

  private func reject(
    _ reason: RejectReason, _ bytes: RawSpan, _ line: Range<Int>, _ batch: inout LineBatch
  ) {
    let excerptEnd = min(line.upperBound, line.lowerBound + RejectedLine.excerptBytes)
    batch.rejected.append(
      RejectedLine(
        number: lineNumber, reason: reason,
        bytes: (consumedBytes + line.lowerBound)..<(consumedBytes + line.upperBound),
        excerpt: bytes.copy(from: line.lowerBound, to: excerptEnd)))
  }
}
