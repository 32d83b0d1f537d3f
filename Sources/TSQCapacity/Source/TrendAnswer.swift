public import TSQCore
public import TSQQuery

/// The line of one series, or why there is none.
public struct TrendRow: Sendable, Equatable {
  /// The figures of a fitted line.
  public struct Line: Sendable, Equatable {
    /// Change per day in the metric's unit.
    public var slopePerDay: Double
    /// Lower end of the 90 % interval of the slope.
    public var slopeLow: Double
    /// Upper end of the 90 % interval of the slope.
    public var slopeHigh: Double
    /// Share of the variance that the line explains, 0...1.
    public var r2: Double
    /// Samples.
    public var n: Int
    /// Samples that count as independent, after autocorrelation.
    public var nEffective: Double
    /// The Theil-Sen slope where it and the line's disagree: outliers pull the line.
    public var robustSlopePerDay: Double?

    /// A line from its figures.
    public init(
      slopePerDay: Double, slopeLow: Double, slopeHigh: Double, r2: Double, n: Int,
      nEffective: Double, robustSlopePerDay: Double? = nil
    ) {
      self.slopePerDay = slopePerDay
      self.slopeLow = slopeLow
      self.slopeHigh = slopeHigh
      self.r2 = r2
      self.n = n
      self.nEffective = nEffective
      self.robustSlopePerDay = robustSlopePerDay
    }
  }

  /// Whose line it is.
  public var series: Labels
  /// The line, or `nil`.
  public var line: Line?
  /// Why there is no line, in words.
  public var reason: String?

  /// A row from its parts.
  public init(series: Labels, line: Line?, reason: String?) {
    self.series = series
    self.line = line
    self.reason = reason
  }
}

/// The lines of all series a selector names.
public struct TrendAnswer: Sendable {
  /// One row a series, sorted.
  public var rows: [TrendRow]
  /// What was read, counted at the reader.
  public var statistics: QueryStatistics
  /// What must be said beside the answer.
  public var warnings: [String]

  /// An answer from its parts.
  public init(rows: [TrendRow], statistics: QueryStatistics, warnings: [String]) {
    self.rows = rows
    self.statistics = statistics
    self.warnings = warnings
  }
}
