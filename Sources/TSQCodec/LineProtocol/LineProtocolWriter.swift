public import TSQCore

/// Writes samples as line protocol that reads back to the same series, times and values.
///
/// A series `m{a="b"}` becomes `m,a=b value=1 17`: the field `value` keeps the metric name as it is.
/// Times are nanoseconds. What the protocol cannot say is skipped and told to the caller, never
/// written in another form: NaN and infinities, and labels that `canWrite` refuses.
public struct LineProtocolWriter: Sendable {
  /// What was written so far: whole lines, each with its newline.
  public private(set) var bytes: [UInt8] = []
  /// Measurement, tags and field name of the series being written.
  private var prefix: [UInt8] = []

  /// A writer that has written nothing.
  public init() {}

  /// Empties the buffer and keeps its memory.
  public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  /// Whether a series can be written: it has a metric name that starts with neither `#`, which
  /// opens a comment, nor a tab, which is skipped, and no newline stands in any name or value.
  public static func canWrite(_ labels: Labels) -> Bool {
    guard let first = labels.metric.utf8.first, first != Octet.hash, first != Octet.tab else {
      return false
    }
    return labels.pairs.allSatisfy {
      !$0.name.utf8.contains(Octet.newline) && !$0.value.utf8.contains(Octet.newline)
    }
  }

  /// Writes one sample.
  ///
  /// - Parameters:
  ///   - labels: the series, with its metric name.
  ///   - time: nanoseconds since the epoch.
  ///   - value: what was measured.
  /// - Returns: whether it was written; false where the protocol cannot say it.
  public mutating func append(_ labels: Labels, time: Int64, value: Double) -> Bool {
    guard value.isFinite, Self.canWrite(labels) else { return false }
    makePrefix(labels)
    appendLine(time: time, value: value)
    return true
  }

  /// Writes one series' samples, one line each.
  ///
  /// - Parameters:
  ///   - labels: the series, with its metric name.
  ///   - samples: in any order, which is kept.
  /// - Returns: how many were skipped because the protocol cannot say them.
  /// - Complexity: O(bytes written).
  public mutating func append(_ labels: Labels, _ samples: SampleColumns) -> Int {
    guard Self.canWrite(labels) else { return samples.count }
    makePrefix(labels)
    var skipped = 0
    for index in samples.times.indices {
      if samples.values[index].isFinite {
        appendLine(time: samples.times[index], value: samples.values[index])
      } else {
        skipped += 1
      }
    }
    return skipped
  }

  private mutating func makePrefix(_ labels: Labels) {
    prefix.removeAll(keepingCapacity: true)
    Self.escape(labels.metric, keepingEquals: true, into: &prefix)
    for pair in labels.pairs where pair.name != Labels.metricNameLabel {
      prefix.append(Octet.comma)
      Self.escape(pair.name, into: &prefix)
      prefix.append(Octet.equals)
      Self.escape(pair.value, into: &prefix)
    }
    prefix.append(contentsOf: " value=".utf8)
  }

  private mutating func appendLine(time: Int64, value: Double) {
    bytes.append(contentsOf: prefix)
    Self.append(value, to: &bytes)
    bytes.append(Octet.space)
    Self.append(time, to: &bytes)
    bytes.append(Octet.newline)
  }

  /// A name or tag value with the backslashes it needs and no other.
  ///
  /// A backslash of the text is doubled only where it would otherwise escape what follows, so that
  /// `C:\dir` reads the same to parsers that know no doubled backslash.
  static func escape(
    _ text: String, keepingEquals: Bool = false, into bytes: inout [UInt8]
  ) {
    let utf8 = text.utf8
    var place = utf8.startIndex
    while place < utf8.endIndex {
      let byte = utf8[place]
      place = utf8.index(after: place)
      if byte == Octet.backslash {
        let isSafe = place < utf8.endIndex && !NameText.isEscapable(utf8[place])
        if !isSafe { bytes.append(Octet.backslash) }
      } else if byte == Octet.comma || byte == Octet.space
        || (byte == Octet.equals && !keepingEquals)
      {
        bytes.append(Octet.backslash)
      }
      bytes.append(byte)
    }
  }

  /// The shortest decimal that reads back to the same double; whole numbers without a point.
  private static func append(_ value: Double, to bytes: inout [UInt8]) {
    // Most metrics are small whole numbers, which need no search for the shortest digits.
    if value.magnitude < 1e15, value == value.rounded(.towardZero),
      value != 0 || value.sign == .plus
    {
      append(Int64(value), to: &bytes)
    } else {
      bytes.append(contentsOf: NumberText.shortest(value).utf8)
    }
  }

  private static func append(_ number: Int64, to bytes: inout [UInt8]) {
    if number < 0 { bytes.append(Octet.minus) }
    var rest = number.magnitude
    let start = bytes.count
    repeat {
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      bytes.append(Octet.zero + UInt8(truncatingIfNeeded: digit))
      rest = quotient
    } while rest != 0
    bytes[start...].reverse()
  }
}
