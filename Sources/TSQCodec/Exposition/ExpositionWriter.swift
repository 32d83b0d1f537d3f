public import TSQCore

/// Writes samples in Prometheus' text format.
public enum ExpositionWriter {
  /// One line without its end; milliseconds, cut towards the past where there are fractions of one.
  ///
  /// - Parameters:
  ///   - labels: the series.
  ///   - time: nanoseconds since the epoch.
  ///   - value: what was measured; a NaN that the word does not mean is written with its bits.
  /// - Returns: the line.
  public static func line(_ labels: Labels, time: Int64, value: Double) -> [UInt8] {
    let milliseconds = time.flooredDivision(by: 1_000_000).quotient
    return Array("\(labels) \(CSVWriter.text(value)) \(milliseconds)".utf8)
  }

  /// The same for labels that no series has, and any time: what a dead letter holds.
  static func letter(_ series: [UInt8], milliseconds: Int64, value: Double) -> [UInt8] {
    series + Array(" \(CSVWriter.text(value)) \(milliseconds)".utf8)
  }

  /// A series' text by the bytes of its names and values, in their order, however wrong they are.
  ///
  /// - Parameter pairs: names and values; a value that is `nil` is told to be missing, by words that
  ///   no import takes.
  /// - Returns: the text, cut somewhere behind `RejectedLine.letterBytes`.
  static func series(_ pairs: [(name: [UInt8]?, value: [UInt8]?)]) -> [UInt8] {
    var text: [UInt8] = []
    var rest = pairs
    if let place = rest.firstIndex(where: { isMetricName($0.name) }), let name = rest[place].value,
      Labels.isBareMetricName(String(decoding: name, as: UTF8.self))
    {
      text += name
      rest.remove(at: place)
      if rest.isEmpty { return text }
    }
    text.append(UInt8(ascii: "{"))
    for (index, pair) in rest.enumerated() {
      if index > 0 { text.append(Octet.comma) }
      if let name = pair.name, Labels.isBareLabelName(String(decoding: name, as: UTF8.self)) {
        text += name
      } else {
        text += pair.name.map(quoted) ?? missing
      }
      text.append(Octet.equals)
      text += pair.value.map(quoted) ?? missing
      // Letters are cut: what comes behind would not be seen.
      if text.count > RejectedLine.letterBytes { break }
    }
    text.append(UInt8(ascii: "}"))
    return text
  }

  private static func isMetricName(_ name: [UInt8]?) -> Bool {
    name?.elementsEqual(Labels.metricNameLabel.utf8) ?? false
  }

  /// Stands where a text is not known; without quotes, so that it cannot be taken for one.
  private static let missing = Array("<missing>".utf8)

  private static func quoted(_ bytes: [UInt8]) -> [UInt8] {
    var text = [Octet.quote]
    for byte in bytes.prefix(RejectedLine.letterBytes) {
      switch byte {
      case Octet.quote, Octet.backslash: text += [Octet.backslash, byte]
      case Octet.newline: text += Array("\\n".utf8)
      case Octet.carriageReturn: text += Array("\\r".utf8)
      default: text.append(byte)
      }
    }
    text.append(Octet.quote)
    return text
  }
}
