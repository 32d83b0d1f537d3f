public import TSQCore

/// A range that should hold a future value with a stated probability.
public struct PredictionInterval: Hashable, Sendable {
  /// Nominal coverage, inside `(0, 1)`.
  public var level: Double
  /// Lower end; never above the point's mean.
  public var low: Double
  /// Upper end; never below the point's mean.
  public var high: Double

  /// An interval from its level and its ends.
  public init(level: Double, low: Double, high: Double) {
    self.level = level
    self.low = low
    self.high = high
  }
}

/// What is expected at one future instant.
public struct ForecastPoint: Hashable, Sendable {
  /// When: a whole number of steps after the origin.
  public var time: Timestamp
  /// The central forecast.
  ///
  /// It minimises absolute error, so it is a median rather than a mean.
  public var mean: Double
  /// One interval per requested level, in the order asked; each contains `mean`.
  ///
  /// None where a handful of equal values says nothing about how far the next may lie; the verdict is
  /// unknown then.
  public var intervals: [PredictionInterval]

  /// A point from its parts.
  public init(time: Timestamp, mean: Double, intervals: [PredictionInterval]) {
    self.time = time
    self.mean = mean
    self.intervals = intervals
  }
}

/// Whether the numbers may be acted on.
public enum ForecastVerdict: Hashable, Sendable {
  /// Every gate was passed.
  case trusted
  /// At least one gate fired; the points are the naive forecast.
  case unknown([ForecastGate])

  /// The gates that fired; empty for a trusted forecast.
  public var gates: [ForecastGate] {
    switch self {
    case .trusted: []
    case .unknown(let gates): gates
    }
  }

  /// Whether every gate was passed.
  public var isTrusted: Bool { gates.isEmpty }
}

/// How often an interval held in the backtest.
public struct MeasuredCoverage: Hashable, Sendable {
  /// Nominal coverage.
  public var level: Double
  /// Share of the backtest's values inside, each judged by intervals that did not know it.
  public var coverage: Double

  /// A measured coverage for a nominal one.
  public init(level: Double, coverage: Double) {
    self.level = level
    self.coverage = coverage
  }
}

/// The future of one series, with the evidence for it.
public struct Forecast: Sendable {
  /// The instant the forecast starts from.
  public var origin: Timestamp
  /// Distance between points, nanoseconds.
  public var stepNanoseconds: Int64
  /// The points, ascending; empty only where there is no data or no step fits the horizon.
  public var points: [ForecastPoint]
  /// Whether the numbers may be acted on.
  public var verdict: ForecastVerdict
  /// One answer per requested threshold, in the order asked.
  public var crossings: [CrossingForecast]
  /// 1 - error / error of the seasonal naive, from the backtest; `nil` where none could be run.
  public var skill: Double?
  /// How often each level's interval held in the backtest; empty where none could be run.
  public var intervalCoverage: [MeasuredCoverage]
  /// The method in words: the members of the combination and their weights, largest first.
  public var model: String
  /// The lengths of the seasons used, nanoseconds.
  public var seasons: [Int64]
  /// What was tried, clipped, filled and found.
  public var evidence: ForecastEvidence
}
