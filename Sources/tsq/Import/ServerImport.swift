internal import TSQClient
internal import TSQCodec
internal import TSQCore

/// The server that holds the store: samples go there as CSV, which can say every one of them.
///
/// The file is parsed here, whatever its format, so that a format whose lines depend on each other
/// can be sent in pieces.
final class ServerImport: ImportTarget {
  private let client: ServerClient
  /// Each key's series as a cell.
  private var cells: [[UInt8]] = []
  private var writer = CSVWriter()
  /// The line of the file that each row of `writer` comes from.
  private var lines: [Int] = []
  /// Bytes of one request: far below the server's limit, far above what a request costs.
  private static let requestBytes = 1 << 20

  init(_ client: ServerClient) {
    self.client = client
    writer.removeAll()
  }

  func forgetKeys() { cells.removeAll(keepingCapacity: true) }
  func add(key: UInt32, _ labels: Labels) { cells.append(CSVWriter.cell(labels)) }
  func takes(key: UInt32) -> Bool { true }

  func add(key: UInt32, time: Int64, value: Double, line: Int) {
    writer.append(cell: cells[Int(key)], time: time, value: value)
    lines.append(line)
  }

  func send(
    _ totals: inout ImportTotals, _ onReject: (Int, String, String) -> Void
  ) async throws {
    if writer.bytes.count >= Self.requestBytes { try await flush(&totals, onReject) }
  }

  func flush(
    _ totals: inout ImportTotals, _ onReject: (Int, String, String) -> Void
  ) async throws {
    guard !lines.isEmpty else { return }
    let answer = try await send(writer.bytes, .csv)
    // A line with several fields is several rows: it counts as rejected once.
    var refused: Set<Int> = []
    for row in answer.lines where lines.indices.contains(row.line - 1) {
      let line = lines[row.line - 1]
      if refused.insert(line).inserted { onReject(line, row.reason, row.message) }
    }
    let unlisted = answer.rejected - answer.lines.count
    totals.accepted -= refused.count + unlisted
    totals.rejected += refused.count + unlisted
    totals.samples -= answer.rejected
    totals.replaced += answer.replaced
    writer.removeAll()
    lines.removeAll(keepingCapacity: true)
  }

  func take(_ declared: [MetricMetadata]) async throws {
    guard !declared.isEmpty else { return }
    var text = ""
    for metric in declared {
      let help = metric.help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
      text += "# HELP \(metric.metric) \(help)\n# TYPE \(metric.metric) \(metric.kind.rawValue)\n"
      if !metric.unit.isEmpty { text += "# UNIT \(metric.metric) \(metric.unit)\n" }
    }
    _ = try await send(Array(text.utf8), .prometheus)
  }

  private func send(_ text: [UInt8], _ format: LineFormat) async throws -> ImportAnswer {
    do throws(ServerClientError) {
      return try await client.importText(text, format: format.rawValue)
    } catch {
      throw ImportInterruption(
        cause: error, line: lines.first, lines: Set(lines).count, samples: lines.count)
    }
  }
}
