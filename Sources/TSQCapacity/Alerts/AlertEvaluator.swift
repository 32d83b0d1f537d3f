public import TSQCore
internal import TSQForecast

/// Evaluates alert rules against a source at one instant.
///
/// Keeps no state: `for` is answered from the samples themselves, so that a check after a restart
/// gives the same verdict as one before it.
public struct AlertEvaluator: Sendable {
  /// How far back a series may have been seen for its silence to be worth reporting: a host that
  /// was retired months ago is history, one that stopped last week is UNKNOWN.
  public static let silenceNanoseconds: Int64 = 7 * 86_400_000_000_000

  private let source: any SampleSource
  private let time: Timestamp
  private let lookbackNanoseconds: Int64

  /// An evaluator for one instant.
  ///
  /// - Parameters:
  ///   - source: where samples come from.
  ///   - time: the instant that "now" means.
  ///   - lookbackNanoseconds: how much history a forecast may use.
  public init(source: any SampleSource, at time: Timestamp, lookbackNanoseconds: Int64) {
    self.source = source
    self.time = time
    self.lookbackNanoseconds = lookbackNanoseconds
  }

  /// One result for each rule and series, in the rules' order and the series' order.
  ///
  /// Never throws: a source that cannot be read makes its rule UNKNOWN, with the reason.
  public func evaluate(_ rules: [AlertRule]) async -> [AlertResult] {
    var results: [AlertResult] = []
    for rule in rules {
      do {
        results += try await evaluate(rule)
      } catch {
        results.append(unknown(rule, nil, "cannot be read: \(error)"))
      }
    }
    return results
  }

  private func evaluate(_ rule: AlertRule) async throws -> [AlertResult] {
    let recent = TimeRange(
      start: time.adding(nanoseconds: -max(Self.silenceNanoseconds, rule.maxAgeNanoseconds)),
      end: time)
    let series = try await source.series(matching: rule.selector, in: recent)
    if series.isEmpty {
      return [noData(rule, nil, "no series matches `\(rule.selector)` in the last 7 days")]
    }
    var results: [AlertResult] = []
    for labels in series {
      // A series that cannot be read says nothing about the others.
      do {
        results.append(try await evaluate(rule, labels))
      } catch {
        results.append(unknown(rule, labels, "cannot be read: \(error)"))
      }
    }
    return results
  }

  private func evaluate(_ rule: AlertRule, _ labels: Labels) async throws -> AlertResult {
    let range = TimeRange(
      start: time.adding(nanoseconds: -Self.reach(rule, lookbackNanoseconds)), end: time)
    let history = try await source.history(of: labels, in: range)
    var result =
      switch rule.subject {
      case .now(let window, let holdFor):
        now(rule, labels, Self.finite(history.samples), window: window, holdFor: holdFor)
      case .forecast(let horizon, let probability):
        forecast(rule, labels, history.samples, horizon: horizon, probability: probability)
      }
    if !history.warnings.isEmpty {
      result.warnings = history.warnings
      result.reason += "; judged without damaged samples"
    }
    return result
  }

  /// How far back a rule looks.
  private static func reach(_ rule: AlertRule, _ lookback: Int64) -> Int64 {
    switch rule.subject {
    // The window ends at the newest sample, and what held before it began must be seen too.
    case .now(let window, let holdFor): max(window, holdFor) + 2 * rule.maxAgeNanoseconds
    case .forecast: lookback
    }
  }

  // MARK: - The present value

  private func now(
    _ rule: AlertRule, _ labels: Labels, _ samples: SampleColumns, window: Int64, holdFor: Int64
  ) -> AlertResult {
    guard let last = samples.times.last, time.nanoseconds &- last <= rule.maxAgeNanoseconds else {
      let allowed = DurationText.text(nanoseconds: rule.maxAgeNanoseconds)
      return noData(rule, labels, "stale: no sample in the last \(allowed)")
    }
    // The window ends at the last sample: a sender that is a minute late is not a gap.
    let end = Timestamp(nanoseconds: last)
    let mean = Self.mean(samples, in: TimeRange(start: end.adding(nanoseconds: -window), end: end))
    let limit = rule.unit.text(rule.limit)
    let side = rule.direction == .above ? "above" : "below"
    let threshold = Threshold(limit: rule.limit, direction: rule.direction)
    guard threshold.isCrossed(by: mean) else {
      let words = "mean \(rule.unit.text(mean)) is not \(side) \(limit)"
      return AlertResult(
        rule: rule, series: labels, state: .inactive, value: mean, crossing: nil, reason: words)
    }
    let words = "mean \(rule.unit.text(mean)) over \(Self.length(window)) is \(side) \(limit)"
    // Without a `for` the mean over the window is all that is asked.
    let held =
      holdFor == 0
      || Self.hasHeld(
        samples, threshold, since: end.adding(nanoseconds: -holdFor),
        longestGap: rule.maxAgeNanoseconds)
    return AlertResult(
      rule: rule, series: labels, state: held ? .firing : .pending, value: mean, crossing: nil,
      reason: held ? words : words + ", not yet for \(Self.length(holdFor))")
  }

  /// Whether the limit has been violated ever since an instant.
  ///
  /// Samples must show it: the newest one at that instant or before it, and each one after, none
  /// further from the next than data may be old. Two samples of ten seconds say nothing about a
  /// quarter of an hour.
  private static func hasHeld(
    _ samples: SampleColumns, _ threshold: Threshold, since start: Timestamp, longestGap: Int64
  ) -> Bool {
    let later = SampleColumns.partitionPoint(samples.times) { $0 > start.nanoseconds }
    guard later > 0 else { return false }
    let held = samples.values[(later - 1)...].allSatisfy { threshold.isCrossed(by: $0) }
    return held
      && (later..<samples.count).allSatisfy { index in
        samples.times[index] &- samples.times[index - 1] <= longestGap
      }
  }

  private static func mean(_ samples: SampleColumns, in range: TimeRange) -> Double {
    let values = samples.values[samples.indices(in: range)]
    return values.reduce(0, +) / Double(values.count)
  }

  private static func finite(_ samples: SampleColumns) -> SampleColumns {
    var kept = SampleColumns()
    for index in 0..<samples.count where samples.values[index].isFinite {
      kept.append(time: samples.times[index], value: samples.values[index])
    }
    return kept
  }

  // MARK: - The forecast

  private func forecast(
    _ rule: AlertRule, _ labels: Labels, _ samples: SampleColumns, horizon: Int64,
    probability: Double
  ) -> AlertResult {
    let request = ForecastRequest(
      origin: time, horizonNanoseconds: horizon, bounds: rule.unit.bounds,
      thresholds: [Threshold(limit: rule.limit, direction: rule.direction)])
    // A sample that is not a number says nothing, however fresh it is.
    if let last = samples.values.lastIndex(where: \.isFinite) {
      let age = time.nanoseconds &- samples.times[last]
      guard age <= rule.maxAgeNanoseconds else {
        return noData(rule, labels, "stale: the newest sample is \(Self.length(age)) old")
      }
    }
    let forecast = Forecaster.forecast(samples, request)
    guard let crossing = forecast.crossings.first else {
      return noData(rule, labels, forecast.verdict.gates.map(\.description).joined(separator: "; "))
    }
    let chance = ChanceText.text(crossing.probability)
    let words =
      "crosses \(rule.unit.text(rule.limit)) within \(Self.length(horizon)) with probability \(chance)"
    // A gate fired: the probability comes from the naive forecast and must not decide by itself.
    if !forecast.verdict.isTrusted, !crossing.alreadyCrossed {
      let gates = forecast.verdict.gates.map(\.description).joined(separator: "; ")
      var result = unknown(rule, labels, gates + " (naive forecast: \(words))")
      result.crossing = crossing
      return result
    }
    let fires = crossing.alreadyCrossed || crossing.probability >= probability
    return AlertResult(
      rule: rule, series: labels, state: fires ? .firing : .inactive,
      value: crossing.probability, crossing: crossing,
      reason: Self.sentence(words, crossing, stepNanoseconds: forecast.stepNanoseconds))
  }

  private static func sentence(
    _ words: String, _ crossing: CrossingForecast, stepNanoseconds: Int64
  ) -> String {
    if crossing.alreadyCrossed {
      return "already past the limit: the mean of the newest \(length(stepNanoseconds)) is"
    }
    guard let likely = crossing.p50 else { return words }
    return words + ", most likely around \(likely)"
  }

  // MARK: - No knowledge

  /// What the rule's own policy makes of missing data.
  private func noData(_ rule: AlertRule, _ labels: Labels?, _ reason: String) -> AlertResult {
    let state: AlertResult.State =
      switch rule.noData {
      case .unknown: .unknown
      case .firing: .firing
      case .ok: .inactive
      }
    return AlertResult(
      rule: rule, series: labels, state: state, value: nil, crossing: nil, reason: reason)
  }

  private func unknown(_ rule: AlertRule, _ labels: Labels?, _ reason: String) -> AlertResult {
    AlertResult(
      rule: rule, series: labels, state: .unknown, value: nil, crossing: nil, reason: reason)
  }

  private static func length(_ nanoseconds: Int64) -> String {
    // Whole minutes are enough for people; a shorter length keeps its seconds.
    let unit: Int64 = nanoseconds >= 3_600_000_000_000 ? 60_000_000_000 : 1_000_000_000
    return DurationText.text(nanoseconds: nanoseconds / unit * unit)
  }
}
