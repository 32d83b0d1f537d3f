internal import Foundation
internal import TSQCapacity
internal import TSQClient
internal import TSQCore
internal import TSQForecast
internal import TSQQuery

/// Samples from a server that speaks Prometheus' HTTP API: a running tsq, or another store.
struct RemoteSource: SampleSource {
  let client: ServerClient

  func series(matching selector: String, in range: TimeRange) async throws -> [Labels] {
    // Open ends stay out of the request: other stores refuse times that far away.
    try await client.series(
      matching: [selector], start: range.start == .distantPast ? nil : range.start,
      end: range.end == .distantFuture ? nil : range.end
    ).sorted()
  }

  func history(of series: Labels, in range: TimeRange) async throws -> SeriesHistory {
    // A range selector is left-open: one millisecond more keeps a sample at the very start.
    let length = range.end.nanoseconds(since: range.start) / 1_000_000 + 1
    let answer = try await client.query(
      "\(series.exactSelector)[\(length)ms]", at: range.end, hourlyMeans: true)
    guard case .matrix(let found) = answer.value else { return SeriesHistory() }
    return SeriesHistory(
      found.first { $0.labels == series }?.columns ?? SampleColumns(), warnings: answer.warnings)
  }

  func instant(_ expression: String, at time: Timestamp) async throws -> QueryResult {
    Self.result(try await client.query(expression, at: time))
  }

  func range(
    _ expression: String, from: Timestamp, through: Timestamp, stepNanoseconds: Int64
  ) async throws -> QueryResult {
    Self.result(
      try await client.queryRange(
        expression, start: from, end: through, stepNanoseconds: stepNanoseconds))
  }

  func trends(_ selector: String, in range: TimeRange) async throws -> TrendAnswer {
    do {
      return try RemoteTrend.answer(
        try await client.trend(selector, start: range.start, end: range.end))
    } catch ServerClientError.refused(status: 404, _, _) {
      return try await trendsFromSamples(selector, in: range)
    }
  }

  /// For stores without tsq's trend: the samples themselves are fetched and fitted here.
  private func trendsFromSamples(
    _ selector: String, in range: TimeRange
  ) async throws -> TrendAnswer {
    var answer = TrendAnswer(rows: [], statistics: QueryStatistics(), warnings: [])
    for labels in try await series(matching: selector, in: range) {
      let history = try await history(of: labels, in: range)
      let samples = history.samples
      answer.warnings += history.warnings
      answer.statistics.series += 1
      answer.statistics.samplesDecoded += samples.count
      answer.rows.append(TrendRow(labels, samples))
    }
    return answer
  }

  private static func result(_ answer: RemoteAnswer) -> QueryResult {
    let value: QueryValue =
      switch answer.value {
      case .scalar(let time, let number): .scalar(time, number)
      case .string(let time, let text): .string(time, text)
      case .vector(let samples):
        .vector(
          samples.map {
            VectorSample(labels: $0.labels, time: $0.sample.time, value: $0.sample.value)
          })
      case .matrix(let series):
        .matrix(series.map { SeriesSamples(labels: $0.labels, columns: $0.columns) })
      }
    return QueryResult(value: value, warnings: answer.warnings)
  }
}

extension TrendRow {
  /// The line through a series' samples, or the reason why there is none.
  init(_ series: Labels, _ samples: SampleColumns) {
    do throws(TrendGap) {
      let fit = try Trend.fit(samples)
      self.init(
        series: series,
        line: Line(
          slopePerDay: fit.slopePerDay, slopeLow: fit.slopeLow, slopeHigh: fit.slopeHigh,
          r2: fit.r2, n: fit.n, nEffective: fit.nEffective,
          robustSlopePerDay: fit.robustSlopePerDay), reason: nil)
    } catch {
      self.init(series: series, line: nil, reason: error.description)
    }
  }
}
