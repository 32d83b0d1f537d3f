public import TSQCore

/// A text format of samples, by the name that the command line and the HTTP API know it by.
public enum LineFormat: String, CaseIterable, Hashable, Sendable {
  /// Influx line protocol.
  case lineProtocol = "line-protocol"
  /// Graphite plaintext with `;tag=value`.
  case graphite
  /// Prometheus' text format.
  case prometheus
  /// OpenMetrics.
  case openMetrics = "openmetrics"
  /// Comma-separated values: `series,timestamp,value`.
  case csv
}

/// A parser that turns lines of one format into columns, one buffer at a time.
///
/// A value without I/O or clock. Give it the bytes as they arrive, keep what it did not consume in
/// front of the next ones, and the result is the same however the input was cut.
public protocol LineParsing: Sendable {
  /// The number of the next line, from 1; every newline counts.
  var lineNumber: Int { get set }
  /// How many bytes were consumed since the start of the input.
  var consumedBytes: Int { get }
  /// The unit of the timestamps that follow, or `nil` where the format fixes it, or nobody knows it.
  var timeUnit: LinePrecision? { get }

  /// Parses lines until the bytes, the batch or the key table are exhausted, or behind a comment.
  ///
  /// - Parameters:
  ///   - bytes: the input from the first byte not consumed yet.
  ///   - receivedAt: the time of lines without one, nanoseconds since the epoch.
  ///   - end: what follows the bytes.
  ///   - keys: gets the new keys of accepted lines.
  ///   - batch: gets the samples, after those it already holds.
  /// - Returns: how far it came and why it stopped. Call again at once unless it needs input.
  /// - Complexity: O(bytes).
  mutating func parse(
    _ bytes: RawSpan, receivedAt: Int64, end: LineProtocolParser.InputEnd,
    keys: inout SeriesKeyTable, into batch: inout LineBatch
  ) -> LineProtocolParser.Progress

  /// Sets the unit of the timestamps that follow.
  ///
  /// - Returns: `false` where the format fixes the unit; nothing changes then.
  mutating func declare(_ precision: LinePrecision) -> Bool

  /// The unit of the timestamps that follow is not known: lines with one are rejected until a unit is
  /// declared.
  ///
  /// - Returns: `false` where the format fixes the unit; nothing changes then.
  mutating func forgetUnit() -> Bool

  /// Descriptions of metrics that are complete by now; each is handed out once.
  mutating func takeDeclarations() -> [MetricMetadata]
}

extension LineParsing {
  /// A format with one unit of time leaves nothing to say.
  public var timeUnit: LinePrecision? { nil }

  /// A format with one unit of time takes no other.
  public mutating func declare(_ precision: LinePrecision) -> Bool { false }

  /// A format with one unit of time knows it whatever is said.
  public mutating func forgetUnit() -> Bool { false }

  /// A format without descriptions has none.
  public mutating func takeDeclarations() -> [MetricMetadata] { [] }
}

extension LineProtocolParser: LineParsing {
  /// The unit of the timestamps that follow, or `nil` while it is not known.
  public var timeUnit: LinePrecision? { isUnitUnknown ? nil : precision }

  /// Sets the unit of the timestamps that follow.
  public mutating func declare(_ precision: LinePrecision) -> Bool {
    self.precision = precision
    isUnitUnknown = false
    return true
  }

  /// Rejects lines with a timestamp until a unit is declared.
  public mutating func forgetUnit() -> Bool {
    // Every whole number fits nanoseconds, so that the reason is the unit and never a size.
    precision = .nanoseconds
    isUnitUnknown = true
    return true
  }
}

extension LineFormat {
  /// A parser at the start of an input of this format.
  ///
  /// - Parameters:
  ///   - limits: what one line may hold.
  ///   - precision: the unit of timestamps where the format leaves it open.
  /// - Returns: the parser.
  public func parser(
    limits: LineProtocolLimits = .init(), precision: LinePrecision = .nanoseconds
  ) -> any LineParsing {
    switch self {
    case .lineProtocol: LineProtocolParser(limits: limits, precision: precision)
    case .graphite: GraphiteParser(limits: limits)
    case .prometheus: ExpositionParser(.prometheus, limits: limits)
    case .openMetrics: ExpositionParser(.openMetrics, limits: limits)
    case .csv: CSVParser(limits: limits)
    }
  }
}
