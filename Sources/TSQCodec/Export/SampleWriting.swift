public import TSQCore

/// A text format that samples are exported in, by the name that the command line knows it by.
public enum ExportFormat: String, CaseIterable, Hashable, Sendable {
  /// Influx line protocol, nanoseconds.
  case lineProtocol = "line-protocol"
  /// `series,timestamp,value`: the one format that can say every series and every value.
  case csv
  /// OpenMetrics, its families without a type.
  case openMetrics = "openmetrics"

  /// A writer that has written nothing but the format's head.
  public var writer: any SampleWriting {
    switch self {
    case .lineProtocol: LineProtocolWriter()
    case .csv: CSVWriter()
    case .openMetrics: OpenMetricsWriter()
    }
  }
}

/// Writes samples as text that the parser of the same format reads back to the same bits.
///
/// What the format cannot say is skipped and counted, never written as something else.
public protocol SampleWriting {
  /// What was written since the buffer was last emptied: whole lines.
  var bytes: [UInt8] { get }

  /// Empties the buffer and keeps its memory.
  mutating func removeAll()

  /// Writes samples of one series, one line each.
  ///
  /// - Parameters:
  ///   - labels: the series. Series come in the order of `Labels`, each in one stretch.
  ///   - samples: ascending in time, behind those already written of the series.
  /// - Returns: how many were skipped because the format cannot say them.
  mutating func append(_ labels: Labels, _ samples: SampleColumns) -> Int

  /// Writes what the format has at its end.
  mutating func finish()
}

extension LineProtocolWriter: SampleWriting {
  /// Line protocol has nothing at its end.
  public mutating func finish() {}
}

/// Times as texts that read back to the same nanosecond.
enum TimeDigits {
  /// Unix seconds with as many digits behind the point as the time needs.
  static func appendSeconds(_ nanoseconds: Int64, to bytes: inout [UInt8]) {
    if nanoseconds < 0 { bytes.append(Octet.minus) }
    let (whole, fraction) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
    append(whole, digits: 1, to: &bytes)
    guard fraction > 0 else { return }
    bytes.append(Octet.point)
    append(fraction, digits: 9, to: &bytes)
    while bytes.last == Octet.zero { bytes.removeLast() }
  }

  /// A number with at least so many digits.
  private static func append(_ number: UInt64, digits: Int, to bytes: inout [UInt8]) {
    let start = bytes.count
    var rest = number
    repeat {
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      bytes.append(Octet.zero + UInt8(truncatingIfNeeded: digit))
      rest = quotient
    } while rest != 0 || bytes.count - start < digits
    bytes[start...].reverse()
  }
}
