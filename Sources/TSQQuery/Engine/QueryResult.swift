public import TSQCore

/// One series' value at one instant.
public struct VectorSample: Hashable, Sendable {
  /// What identifies the series; without a metric name where a function dropped it.
  public var labels: Labels
  /// The instant of evaluation.
  public var time: Timestamp
  /// The value.
  public var value: Double

  /// A sample from its parts.
  public init(labels: Labels, time: Timestamp, value: Double) {
    self.labels = labels
    self.time = time
    self.value = value
  }
}

/// One series' samples over a range of time.
public struct SeriesSamples: Sendable {
  /// What identifies the series.
  public var labels: Labels
  /// Its samples, ascending in time.
  public var columns: SampleColumns

  /// A series from its parts.
  public init(labels: Labels, columns: SampleColumns) {
    self.labels = labels
    self.columns = columns
  }
}

/// What an expression evaluates to.
public enum QueryValue: Sendable {
  /// One number that belongs to no series.
  case scalar(Timestamp, Double)
  /// A text.
  case string(Timestamp, String)
  /// One value per series at one instant.
  case vector([VectorSample])
  /// Samples per series over a range of time.
  case matrix([SeriesSamples])

  /// Prometheus' name of the type: `scalar`, `string`, `vector` or `matrix`.
  public var typeName: String {
    switch self {
    case .scalar: "scalar"
    case .string: "string"
    case .vector: "vector"
    case .matrix: "matrix"
    }
  }
}

/// What a query read, counted where it was read.
public struct QueryStatistics: Hashable, Sendable {
  /// Series that the selectors matched.
  public var series = 0
  /// Blocks whose samples were decoded.
  public var blocksDecoded = 0
  /// Blocks answered by their summary, samples untouched.
  public var blocksFromSummaries = 0
  /// Samples decoded.
  public var samplesDecoded = 0
  /// Samples taken from memory: accepted and not yet in a file.
  public var samplesFromHead = 0
  /// Bytes of blocks and summaries read from files.
  public var bytesRead = 0

  /// Nothing read.
  public init() {}

  /// The statistics of both.
  public static func + (left: QueryStatistics, right: QueryStatistics) -> QueryStatistics {
    var sum = left
    sum.series += right.series
    sum.blocksDecoded += right.blocksDecoded
    sum.blocksFromSummaries += right.blocksFromSummaries
    sum.samplesDecoded += right.samplesDecoded
    sum.samplesFromHead += right.samplesFromHead
    sum.bytesRead += right.bytesRead
    return sum
  }
}

/// A query's answer with what must be said about it.
public struct QueryResult: Sendable {
  /// The value.
  public var value: QueryValue
  /// What a reader must know to trust the value: damage passed over, an odd parameter.
  public var warnings: [String]
  /// What was read for it.
  public var statistics: QueryStatistics

  /// An answer from its parts.
  public init(
    value: QueryValue, warnings: [String] = [], statistics: QueryStatistics = QueryStatistics()
  ) {
    self.value = value
    self.warnings = warnings
    self.statistics = statistics
  }
}
