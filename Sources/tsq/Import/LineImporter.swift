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
  /// String fields, which tsq does not store.
  var ignored = 0
}

/// Parses line protocol and appends it to a store opened in this process.
struct LineImporter {
  private let store: Store?
  private let receivedAt: Int64
  private let onReject: (Int, String, String) -> Void
  private var parser: LineProtocolParser
  private var keys = SeriesKeyTable()
  private var batch = LineBatch()
  /// The series of each key; `nil` where the store refused a new one.
  private var series: [SeriesID?] = []
  private var pending: [UInt8] = []
  private(set) var totals = ImportTotals()

  /// An importer.
  ///
  /// - Parameters:
  ///   - store: where samples go; `nil` only checks the lines.
  ///   - precision: the unit of the timestamps, until the file says otherwise.
  ///   - receivedAt: the time of lines without one, nanoseconds.
  ///   - onReject: told each rejected line's number, reason code and words.
  init(
    store: Store?, precision: LinePrecision, receivedAt: Int64,
    onReject: @escaping (Int, String, String) -> Void
  ) {
    self.store = store
    self.receivedAt = receivedAt
    self.onReject = onReject
    parser = LineProtocolParser(precision: precision)
  }

  /// Takes the next bytes of the input.
  mutating func append(_ bytes: some Collection<UInt8>) throws {
    pending.append(contentsOf: bytes)
    try parse(.open)
  }

  /// The input is over: a last line without an end counts, since a file is a whole.
  mutating func finish() throws {
    try parse(.complete)
  }

  private mutating func parse(_ end: LineProtocolParser.InputEnd) throws {
    // Taken out of `self`, so that the parser may change while it reads them.
    var bytes: [UInt8] = []
    swap(&bytes, &pending)
    var consumed = 0
    loop: while true {
      let progress = step(bytes, from: consumed, end)
      if case .comment(let range) = progress.stop {
        obey(bytes[(consumed + range.lowerBound)..<(consumed + range.upperBound)])
      }
      consumed += progress.consumed
      switch progress.stop {
      case .needsInput:
        try storeBatch()
        break loop
      case .comment: continue
      case .batchFull: try storeBatch()
      case .keyTableFull:
        try storeBatch()
        keys.removeAll()
        series.removeAll()
      }
    }
    bytes.removeSubrange(..<consumed)
    swap(&bytes, &pending)
  }

  private mutating func step(
    _ bytes: [UInt8], from start: Int, _ end: LineProtocolParser.InputEnd
  ) -> LineProtocolParser.Progress {
    unsafe parser.parse(
      bytes.span.extracting(droppingFirst: start).bytes, receivedAt: receivedAt, end: end,
      keys: &keys, into: &batch)
  }

  /// A file may say its precision, as a connection may: `# tsq precision=s`.
  private mutating func obey(_ comment: ArraySlice<UInt8>) {
    let words = String(decoding: comment, as: UTF8.self).split(separator: " ")
    guard words.count == 3, words[0] == "#", words[1] == "tsq",
      words[2].hasPrefix("precision="),
      let precision = LinePrecision(text: words[2].dropFirst("precision=".count))
    else { return }
    parser.precision = precision
  }

  /// Resolves new keys and appends the batch's lines, those with a refused series left out.
  private mutating func storeBatch() throws {
    try resolveNewKeys()
    for line in batch.rejected {
      onReject(line.number, line.reason.rawValue, line.reason.message)
    }
    totals.rejected += batch.rejected.count
    totals.ignored += batch.ignoredStringFields
    var samples = SampleBatch()
    for line in batch.lines {
      if line.samples.contains(where: { series[Int(batch.keyIDs[$0])] == nil }) {
        onReject(line.number, "series-limit", "the store's limit of series is reached")
        totals.rejected += 1
        continue
      }
      totals.accepted += 1
      for index in line.samples {
        guard let id = series[Int(batch.keyIDs[index])] else { continue }
        samples.append(series: id, time: batch.times[index], value: batch.values[index])
      }
    }
    batch.removeAll()
    totals.samples += samples.count
    guard let store, !samples.isEmpty else { return }
    let receipt = try store.appendBlocking(samples, durability: .buffered)
    totals.stored += receipt.stored
    totals.replaced += receipt.replaced
  }

  private mutating func resolveNewKeys() throws {
    for key in keys.newKeys {
      guard let store else {
        series.append(SeriesID(rawValue: 0))
        continue
      }
      do {
        series.append(try store.resolve(keys.labels(of: key)))
      } catch .seriesLimit {
        series.append(nil)
      }
    }
    keys.markKeysResolved()
  }
}
