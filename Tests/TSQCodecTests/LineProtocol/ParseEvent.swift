import TSQCodec
import TSQCore

/// What a parser made of an input, in order and without ids, so that two parsers can be compared.
enum ParseEvent: Hashable, CustomStringConvertible {
  /// One accepted line's samples: series text, nanoseconds, bits of the value.
  case accepted(line: Int, samples: [ParsedSample])
  case rejected(line: Int, reason: RejectReason)
  case comment(String)
  case counts(strings: Int, rounded: Int)

  var description: String {
    switch self {
    case .accepted(let line, let samples): "accepted \(line): \(samples)"
    case .rejected(let line, let reason): "rejected \(line): \(reason.rawValue)"
    case .comment(let text): "comment \(text.debugDescription)"
    case .counts(let strings, let rounded): "strings=\(strings) rounded=\(rounded)"
    }
  }
}

struct ParsedSample: Hashable, CustomStringConvertible {
  let labels: Labels
  let time: Int64
  let bits: UInt64

  var description: String { "\(labels) \(Double(bitPattern: bits)) @\(time)" }
}

/// Feeds a parser as a connection would, and collects what comes out.
struct ParseDriver {
  let limits: LineProtocolLimits
  let precision: LinePrecision
  let end: LineProtocolParser.InputEnd
  let batchCapacity: Int
  let keyCapacity: Int
  /// The time of lines without one; the reference parser has the same.
  let receivedAt: Int64 = 777

  private(set) var events: [ParseEvent] = []
  private var strings = 0
  private var rounded = 0

  init(
    limits: LineProtocolLimits = .init(), precision: LinePrecision = .nanoseconds,
    end: LineProtocolParser.InputEnd = .complete, batchCapacity: Int = 8_192,
    keyCapacity: Int = 4_000_000
  ) {
    self.limits = limits
    self.precision = precision
    self.end = end
    self.batchCapacity = batchCapacity
    self.keyCapacity = keyCapacity
  }

  /// Parses an input that arrives in pieces cut at the given offsets, ascending.
  mutating func run(_ input: [UInt8], cuts: [Int] = []) -> [ParseEvent] {
    var keys = SeriesKeyTable(keyCapacity: keyCapacity)
    return run(input, cuts: cuts, keys: &keys)
  }

  /// The same with a table that may know the keys already.
  mutating func run(
    _ input: [UInt8], cuts: [Int] = [], keys: inout SeriesKeyTable
  ) -> [ParseEvent] {
    (events, strings, rounded) = ([], 0, 0)
    var parser = LineProtocolParser(limits: limits, precision: precision)
    var batch = LineBatch(sampleCapacity: batchCapacity)
    var pending: [UInt8] = []
    var start = 0
    for stop in cuts + [input.count] {
      pending += input[start..<stop]
      start = stop
      feed(&pending, isLast: stop == input.count, &parser, &keys, &batch)
    }
    take(&batch, keys)
    return events + [.counts(strings: strings, rounded: rounded)]
  }

  private mutating func feed(
    _ pending: inout [UInt8], isLast: Bool, _ parser: inout LineProtocolParser,
    _ keys: inout SeriesKeyTable, _ batch: inout LineBatch
  ) {
    while true {
      let progress = unsafe parser.parse(
        pending.span.bytes, receivedAt: receivedAt, end: isLast ? end : .open, keys: &keys,
        into: &batch)
      if case .comment(let range) = progress.stop {
        take(&batch, keys)
        events.append(.comment(String(decoding: pending[range], as: UTF8.self)))
      }
      pending.removeFirst(progress.consumed)
      switch progress.stop {
      case .needsInput: return
      case .comment: break
      case .batchFull: take(&batch, keys)
      case .keyTableFull:
        take(&batch, keys)
        keys.removeAll()
      }
    }
  }

  /// Moves a batch's lines into the events, accepted and rejected merged by their numbers.
  private mutating func take(_ batch: inout LineBatch, _ keys: SeriesKeyTable) {
    var found: [(Int, ParseEvent)] = []
    for line in batch.lines {
      let samples = line.samples.map { index in
        ParsedSample(
          labels: keys.labels(of: batch.keyIDs[index]), time: batch.times[index],
          bits: batch.values[index].bitPattern)
      }
      found.append((line.number, .accepted(line: line.number, samples: samples)))
    }
    for line in batch.rejected {
      found.append((line.number, .rejected(line: line.number, reason: line.reason)))
    }
    events += found.sorted { $0.0 < $1.0 }.map(\.1)
    strings += batch.ignoredStringFields
    rounded += batch.roundedIntegers
    batch.removeAll()
  }
}
