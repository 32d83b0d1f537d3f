internal import ArgumentParser
internal import TSQCapacity
internal import TSQCore
internal import TSQForecast

/// What is to be forecast and how it is to be looked at; shared by `predict` and `backtest`.
struct ForecastOptions: ParsableArguments {
  @Option(help: "How many days ahead.")
  var days: Double?

  @Option(help: "How far ahead, as a duration: 168h, 7d, 604800s. Not together with --days.")
  var horizon: DurationArgument?

  @Option(help: "Length of a step; by default chosen from the data.")
  var step: DurationArgument?

  @Option(help: "A prediction interval in per cent; repeat for several. Default 80 and 95.")
  var level: [Double] = []

  @Option(help: "What the values mean; bounds the forecast: fraction, percent, bytes, count, ...")
  var unit: UnitArgument = .init(unit: .number)

  @Option(
    help: "Time zone whose wall clock days and weeks follow, such as Europe/Berlin. Default UTC.")
  var zone: ZoneArgument = .utc

  @Flag(help: "Forecast the peak of each step rather than its mean.")
  var peak = false

  @Flag(help: "The series is a counter: forecast its rate a second.")
  var counter = false

  /// The longest horizon: the engine forecasts at most so far that a step count stays sensible.
  static let horizonLimitNanoseconds: Int64 = 10 * 365 * 86_400_000_000_000

  func validate() throws {
    if days != nil, horizon != nil {
      throw ValidationError("--days and --horizon exclude each other")
    }
    if let days, !(days > 0 && days <= 3650) {
      throw ValidationError("--days must be above 0 and at most 3650, not \(days)")
    }
    if let days, horizonNanoseconds <= 0 {
      throw ValidationError("--days \(days) is less than a nanosecond")
    }
    if let horizon, horizon.nanoseconds > Self.horizonLimitNanoseconds {
      throw ValidationError("--horizon may be 10 years at most")
    }
    if let wrong = level.first(where: { !($0 > 0 && $0 < 100) }) {
      throw ValidationError("--level must lie between 0 and 100 per cent, not \(wrong)")
    }
    if let step, step.nanoseconds > horizonNanoseconds {
      throw ValidationError("--step is longer than the horizon")
    }
    if let step, horizonNanoseconds / step.nanoseconds > Forecaster.pointLimit {
      throw ValidationError(
        "--step makes \(horizonNanoseconds / step.nanoseconds) points of the horizon; "
          + "\(Forecaster.pointLimit) are the most (two weeks of minutes)")
    }
  }

  /// How far ahead, nanoseconds; a week where nothing is said.
  var horizonNanoseconds: Int64 {
    if let days { return Int64((days * 86_400e9).rounded()) }
    return horizon?.nanoseconds ?? 7 * 86_400_000_000_000
  }

  /// The levels as shares, ascending.
  var levels: [Double] {
    level.isEmpty ? ForecastRequest.defaultLevels : Set(level).sorted().map { $0 / 100 }
  }

  /// The request for one origin; the zone's changes are read from the history's start on.
  func request(
    origin: Timestamp, since start: Timestamp, thresholds: [Threshold] = []
  ) -> ForecastRequest {
    ForecastRequest(
      origin: origin, horizonNanoseconds: horizonNanoseconds, stepNanoseconds: step?.nanoseconds,
      levels: levels, bounds: unit.unit.bounds, thresholds: thresholds,
      aggregation: peak ? .maximum : .mean, kind: counter ? .counter : .gauge,
      zone: zone.offsets(
        from: start, through: origin.adding(nanoseconds: horizonNanoseconds)))
  }
}

extension ForecastRequest {
  /// The same request; where no unit says otherwise, what was never negative stays so.
  func bounded(by values: [Double]) -> ForecastRequest {
    guard bounds == .none else { return self }
    var request = self
    request.bounds = .inferred(from: values)
    return request
  }
}

/// A metric's unit on the command line.
struct UnitArgument: ExpressibleByArgument {
  let unit: MetricUnit

  init(unit: MetricUnit) { self.unit = unit }

  init?(argument: String) {
    guard let unit = MetricUnit(rawValue: argument) else { return nil }
    self.unit = unit
  }

  var defaultValueDescription: String { unit.rawValue }
  static var allValueStrings: [String] { MetricUnit.allCases.map(\.rawValue) }
}
