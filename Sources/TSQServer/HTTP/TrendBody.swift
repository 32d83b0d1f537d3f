internal import TSQCore
internal import TSQForecast
internal import TSQQuery

/// Trends as JSON, what the server answers and `tsq trend --server` reads; a line that is not determined has no figures and a reason.
package struct TrendBody: Codable {
  package struct Row: Codable {
    package let labels: [String: String]
    package let slopePerDay: Double?
    package let slopeLow: Double?
    package let slopeHigh: Double?
    package let r2: Double?
    package let n: Int?
    package let nEffective: Double?
    package let robustSlopePerDay: Double?
    package let reason: String?

    enum CodingKeys: String, CodingKey {
      case labels, r2, n, reason
      case slopePerDay = "slope_per_day"
      case slopeLow = "slope_low"
      case slopeHigh = "slope_high"
      case nEffective = "n_effective"
      case robustSlopePerDay = "robust_slope_per_day"
    }
  }

  package struct Statistics: Codable {
    package let series: Int
    package let blocksDecoded: Int
    package let blocksFromSummaries: Int
    package let samplesDecoded: Int
    package let samplesFromMemory: Int
    package let bytesRead: Int

    enum CodingKeys: String, CodingKey {
      case series
      case blocksDecoded = "blocks_decoded"
      case blocksFromSummaries = "blocks_from_summaries"
      case samplesDecoded = "samples_decoded"
      case samplesFromMemory = "samples_from_memory"
      case bytesRead = "bytes_read"
    }
  }

  package let series: [Row]
  package let statistics: Statistics

  init(_ result: TrendResult) {
    series = result.series.map { trend in
      let line = trend.estimate
      return Row(
        labels: Dictionary(
          trend.labels.pairs.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }),
        slopePerDay: finite(line?.slopePerDay), slopeLow: finite(line?.slopeLow),
        slopeHigh: finite(line?.slopeHigh), r2: finite(line?.r2), n: line?.n,
        nEffective: finite(line?.nEffective),
        robustSlopePerDay: finite(line?.robustSlopePerDay), reason: trend.reason)
    }
    let read = result.statistics
    statistics = Statistics(
      series: read.series, blocksDecoded: read.blocksDecoded,
      blocksFromSummaries: read.blocksFromSummaries, samplesDecoded: read.samplesDecoded,
      samplesFromMemory: read.samplesFromHead,
      bytesRead: read.bytesRead)
  }
}

/// JSON has no infinity and no NaN: such a figure is left out.
private func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
