public import TSQCore

/// Writes samples in Prometheus' text format.
public enum ExpositionWriter {
  /// One line without its end; milliseconds, cut towards the past where there are fractions of one.
  ///
  /// - Parameters:
  ///   - labels: the series.
  ///   - time: nanoseconds since the epoch.
  ///   - value: what was measured; a NaN loses its payload.
  /// - Returns: the line.
  public static func line(_ labels: Labels, time: Int64, value: Double) -> [UInt8] {
    let milliseconds = time.flooredDivision(by: 1_000_000).quotient
    return Array("\(labels) \(NumberText.shortest(value)) \(milliseconds)".utf8)
  }
}
