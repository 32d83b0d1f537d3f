internal import TSQCodec
internal import TSQCore
internal import TSQStorage

/// What an import came to: lines = accepted + rejected, samples = stored + replaced.
struct ImportTotals {
  var accepted = 0
  var rejected = 0
  var samples = 0
  var stored = 0
  var replaced = 0
  /// String fields and exemplars, which tsq does not store.
  var ignored = 0
  /// Integers too large for a double, stored as the nearest one.
  var rounded = 0

  /// Adds another file's totals.
  mutating func add(_ other: ImportTotals) {
    accepted += other.accepted
    rejected += other.rejected
    samples += other.samples
    stored += other.stored
    replaced += other.replaced
    ignored += other.ignored
    rounded += other.rounded
  }
}

/// Parses one file of any text format and hands its samples to where an import goes.
struct LineImporter {
  private let target: any ImportTarget
  private var receivedAt: Int64 = 0
  /// The time of lines without one in the dead letter at hand, where its sender named one.
  private var statedTime: Int64?
  private let onReject: (Int, String, String) -> Void
  private var parser: any LineParsing
  private var keys = SeriesKeyTable()
  private var batch = LineBatch()
  private var pending: [UInt8] = []
  private(set) var totals = ImportTotals()
  /// The first bytes of the first line that was rejected for each reason.
  private(set) var examples: [RejectReason: [UInt8]] = [:]

  /// An importer at the start of a file.
  ///
  /// - Parameters:
  ///   - parser: of the file's format, at its start.
  ///   - target: where samples go.
  ///   - onReject: told each rejected line's number, reason code and words.
  init(
    parser: any LineParsing, target: any ImportTarget,
    onReject: @escaping (Int, String, String) -> Void
  ) {
    self.parser = parser
    self.target = target
    self.onReject = onReject
    target.forgetKeys()
  }

  /// Takes the next bytes of the input.
  ///
  /// - Parameters:
  ///   - bytes: what was read.
  ///   - time: when, for lines without a timestamp.
  /// - Throws: `UnknownPrecision` after storing the lines before it; what the target throws.
  mutating func append(_ bytes: [UInt8], readAt time: Timestamp) async throws {
    receivedAt = time.nanoseconds
    pending.append(contentsOf: bytes)
    try await parse(.open)
  }

  /// The input is over: a last line without an end counts, since a file is a whole.
  mutating func finish() async throws {
    try await parse(.complete)
    try await target.take(parser.takeDeclarations())
    try await target.flush(&totals, onReject)
  }

  private mutating func parse(_ end: LineProtocolParser.InputEnd) async throws {
    // Taken out of `self`, so that the parser may change while it reads them.
    var bytes: [UInt8] = []
    swap(&bytes, &pending)
    var consumed = 0
    loop: while true {
      let progress = step(bytes, from: consumed, end)
      if case .comment(let range) = progress.stop {
        let comment = bytes[(consumed + range.lowerBound)..<(consumed + range.upperBound)]
        if let unknown = obey(comment) {
          try await storeBatch()
          try await target.flush(&totals, onReject)
          throw unknown
        }
      }
      consumed += progress.consumed
      // The header is the first row: nothing of the file is stored yet.
      if let csv = parser as? CSVParser, csv.overrulesSingle { throw SeriesColumn() }
      switch progress.stop {
      case .needsInput:
        try await storeBatch()
        break loop
      case .comment: continue
      case .batchFull: try await storeBatch()
      case .keyTableFull:
        try await storeBatch()
        keys.removeAll()
        target.forgetKeys()
      }
    }
    bytes.removeSubrange(..<consumed)
    swap(&bytes, &pending)
  }

  private mutating func step(
    _ bytes: [UInt8], from start: Int, _ end: LineProtocolParser.InputEnd
  ) -> LineProtocolParser.Progress {
    unsafe parser.parse(
      bytes.span.extracting(droppingFirst: start).bytes, receivedAt: statedTime ?? receivedAt,
      end: end, keys: &keys, into: &batch)
  }

  /// A `# tsq precision=` that names no unit: nobody can tell what the timestamps behind it mean.
  struct UnknownPrecision: Error {
    let line: Int
    let text: String
  }

  /// A CSV file names the series of its rows, and the command names another.
  struct SeriesColumn: Error {}

  /// Does what a comment says to whoever reads the file.
  ///
  /// As on a connection, `# tsq precision=s` is the unit of what follows. A dead letter may also say
  /// the time of lines without one, `# tsq timestamp=` and milliseconds, up to the next letter.
  private mutating func obey(_ comment: ArraySlice<UInt8>) -> UnknownPrecision? {
    let words = String(decoding: comment, as: UTF8.self).split { $0 == " " || $0 == "\r" }
    if words.count > 2, words[1] == "rejected", words[2].hasPrefix("time=") { statedTime = nil }
    if words.count == 3, words[1] == "tsq", words[2].hasPrefix("timestamp="),
      let count = Int64(words[2].dropFirst("timestamp=".count)),
      let time = Timestamp(count: count, unitNanoseconds: 1_000_000)
    {
      statedTime = time.nanoseconds
    }
    guard words.count >= 3, words[0] == "#", words[1] == "tsq", words[2].hasPrefix("precision=")
    else { return nil }
    let name = words[2].dropFirst("precision=".count)
    guard words.count == 3, let precision = LinePrecision(text: name) else {
      let text = ([name] + words[3...]).joined(separator: " ")
      return UnknownPrecision(line: parser.lineNumber - 1, text: text)
    }
    _ = parser.declare(precision)
    return nil
  }

  /// Resolves new keys and hands on the batch's lines, those with a refused series left out.
  private mutating func storeBatch() async throws {
    for key in keys.newKeys { try target.add(key: key, keys.labels(of: key)) }
    keys.markKeysResolved()
    for line in batch.rejected {
      onReject(line.number, line.reason.rawValue, line.reason.message)
      if examples[line.reason] == nil { examples[line.reason] = line.excerpt }
    }
    totals.rejected += batch.rejected.count
    totals.ignored += batch.ignoredStringFields
    totals.rounded += batch.roundedIntegers
    for line in batch.lines {
      if line.samples.contains(where: { !target.takes(key: batch.keyIDs[$0]) }) {
        let reason = RejectReason.seriesLimit
        onReject(line.number, reason.rawValue, reason.message)
        totals.rejected += 1
        continue
      }
      totals.accepted += 1
      totals.samples += line.samples.count
      for index in line.samples {
        target.add(
          key: batch.keyIDs[index], time: batch.times[index], value: batch.values[index],
          line: line.number)
      }
    }
    batch.removeAll()
    try await target.send(&totals, onReject)
  }
}
