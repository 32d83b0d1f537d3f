internal import Foundation
internal import TSQCapacity
internal import TSQCore
internal import TSQQuery
internal import TSQServer

/// The server's answer to a trend, read.
enum RemoteTrend {
  private struct Envelope: Decodable {
    let data: TrendBody
    let warnings: [String]?
  }

  /// Reads `/api/v1/tsq/trend`; a figure the server left out, because it is not finite, is NaN.
  static func answer(_ data: Data) throws -> TrendAnswer {
    let decoder = JSONDecoder()
    let envelope: Envelope
    do {
      envelope = try decoder.decode(Envelope.self, from: data)
    } catch {
      throw CommandFailure("the server's trend cannot be read: \(error)")
    }
    var statistics = QueryStatistics()
    let read = envelope.data.statistics
    statistics.series = read.series
    statistics.blocksDecoded = read.blocksDecoded
    statistics.blocksFromSummaries = read.blocksFromSummaries
    statistics.samplesDecoded = read.samplesDecoded
    statistics.samplesFromHead = read.samplesFromMemory
    statistics.bytesRead = read.bytesRead
    let rows = try envelope.data.series.map { row in
      guard let labels = Labels(row.labels.map { Label(name: $0.key, value: $0.value) }) else {
        throw CommandFailure("the server's trend names a series without labels")
      }
      let line = row.n.map { n in
        TrendRow.Line(
          slopePerDay: row.slopePerDay ?? .nan, slopeLow: row.slopeLow ?? .nan,
          slopeHigh: row.slopeHigh ?? .nan, r2: row.r2 ?? .nan, n: n,
          nEffective: row.nEffective ?? .nan,
          robustSlopePerDay: row.robustSlopePerDay)
      }
      return TrendRow(series: labels, line: line, reason: row.reason)
    }
    return TrendAnswer(rows: rows, statistics: statistics, warnings: envelope.warnings ?? [])
  }
}
