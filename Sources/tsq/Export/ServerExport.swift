internal import Foundation
internal import TSQClient
internal import TSQCodec
internal import TSQCore

/// Reads a server's export, which is CSV, and writes it in the format asked for.
struct ServerExport {
  private var writer: any SampleWriting
  private var parser = CSVParser(limits: Self.limits)
  private var keys = SeriesKeyTable()
  private var batch = LineBatch()
  private var pending: [UInt8] = []
  private var outcome = ExportOutcome()
  private var lastWritten: Labels?
  private var end: String?
  private let out = StandardOutput()

  /// What a store holds may be larger than what one line may bring today.
  private static var limits: LineProtocolLimits {
    var limits = LineProtocolLimits()
    limits.lineBytes = 16 << 20
    limits.labelsPerSeries = 1 << 20
    return limits
  }

  init(writer: any SampleWriting) { self.writer = writer }

  /// Exports from a server to standard output.
  ///
  /// - Throws: `CommandFailure` where the answer is cut or is no export.
  mutating func run(
    _ client: ServerClient, _ selector: String, _ range: TimeRange
  ) async throws -> ExportOutcome {
    var this = self
    try await client.export(
      matching: [selector], start: range.start == .distantPast ? nil : range.start,
      end: range.end == .distantFuture ? nil : range.end
    ) { piece in
      this.pending.append(contentsOf: piece)
      try this.parse(.open)
    }
    try this.parse(.complete)
    try this.finish()
    self = this
    return outcome
  }

  private mutating func parse(_ end: LineProtocolParser.InputEnd) throws {
    var consumed = 0
    loop: while true {
      let progress = step(pending, from: consumed, end)
      if case .comment(let range) = progress.stop {
        let text = pending[(consumed + range.lowerBound)..<(consumed + range.upperBound)]
        self.end = String(decoding: text, as: UTF8.self)
      }
      consumed += progress.consumed
      switch progress.stop {
      case .comment: continue
      case .needsInput:
        try write()
        break loop
      case .batchFull: try write()
      case .keyTableFull:
        try write()
        keys.removeAll()
      }
    }
    pending.removeSubrange(..<consumed)
  }

  private mutating func step(
    _ bytes: [UInt8], from start: Int, _ end: LineProtocolParser.InputEnd
  ) -> LineProtocolParser.Progress {
    unsafe parser.parse(
      bytes.span.extracting(droppingFirst: start).bytes, receivedAt: 0, end: end, keys: &keys,
      into: &batch)
  }

  /// Writes what was parsed, series by series as it came.
  private mutating func write() throws {
    keys.markKeysResolved()
    if let bad = batch.rejected.first {
      throw CommandFailure(
        "the server's export cannot be read: row \(bad.number): \(bad.reason.message)")
    }
    var place = 0
    while place < batch.sampleCount {
      let key = batch.keyIDs[place]
      var samples = SampleColumns()
      while place < batch.sampleCount, batch.keyIDs[place] == key {
        samples.append(time: batch.times[place], value: batch.values[place])
        place += 1
      }
      outcome.samples += samples.count
      let labels = keys.labels(of: key)
      let left = writer.append(labels, samples)
      outcome.skipped += left
      // Rows of a series come together.
      if left < samples.count, labels != lastWritten {
        lastWritten = labels
        outcome.series += 1
      }
    }
    batch.removeAll()
    try out.write(Data(writer.bytes))
    writer.removeAll()
  }

  private mutating func finish() throws {
    writer.finish()
    try out.write(Data(writer.bytes))
    try out.flush()
    let words = end?.split(separator: " ") ?? []
    func figure(_ name: String) -> Int? {
      words.first { $0.hasPrefix(name + "=") }.flatMap { Int($0.dropFirst(name.count + 1)) }
    }
    guard words.starts(with: ["#", "end"]), figure("samples") == outcome.samples,
      let missing = figure("missing")
    else { throw CommandFailure("the server's export is cut: its last row is missing") }
    // Older servers have no hourly values.
    outcome.hourlySeries = figure("hourly") ?? 0
    if missing > 0 { outcome.missing = ["\(missing) places of the server's store are damaged"] }
  }
}
