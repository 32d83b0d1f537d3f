/// Turns Graphite's plaintext protocol into columns: `path[;tag=value...] value [timestamp]`.
///
/// Works as `LineProtocolParser` does, with the same batch and key table; the grammar is on the same
/// page, `docs/formats/line-protocol.md`.
public struct GraphiteParser: WholeLineParsing {
  /// What one line may hold.
  public let limits: LineProtocolLimits
  /// The number of the next line; every newline counts.
  public var lineNumber = 1
  /// How many bytes were consumed since the start of the input.
  public internal(set) var consumedBytes = 0

  var unfinished = UnfinishedLine()
  /// The line's path and tags in the form the key table keeps: those of line protocol.
  private var key = GraphiteKey()

  /// A parser at the start of an input.
  public init(limits: LineProtocolLimits = .init()) { self.limits = limits }

  /// Parses as `LineParsing.parse` says; no allocation for a line like one before it.
  public mutating func parse(
    _ bytes: RawSpan, receivedAt: Int64, end: LineProtocolParser.InputEnd = .open,
    keys: inout SeriesKeyTable, into batch: inout LineBatch
  ) -> LineProtocolParser.Progress {
    parseLines(bytes, receivedAt: receivedAt, end: end, &keys, &batch)
  }

  mutating func step(
    _ bytes: RawSpan, _ line: Range<Int>, receivedAt: Int64, _ keys: inout SeriesKeyTable,
    _ batch: inout LineBatch
  ) -> LineProtocolParser.Stop? {
    guard batch.hasRoom else { return .batchFull }
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
    batch.accept(
      key: keys.key(ofField: field), time: time, value: value, number: lineNumber,
      bytes: place(line))
    return nil
  }
}
