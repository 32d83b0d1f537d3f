public import TSQCore

/// Writes samples as OpenMetrics 1.0 text, which `ExpositionParser` reads back to the same bits.
///
/// Families have no type, so that no rule of one can be broken by what is in a store. The
/// format cannot say a series without a metric name, names beyond the classic alphabet, and
/// NaNs with other bits than the one that `NaN` means; stale markers are such.
public struct OpenMetricsWriter: SampleWriting, Sendable {
  /// What was written since the buffer was last emptied: whole lines.
  public private(set) var bytes: [UInt8] = []
  private var family = ""

  /// A writer that has written nothing.
  public init() {}

  /// Empties the buffer and keeps its memory.
  public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  /// Writes samples of one series, one line each.
  ///
  /// - Returns: how many were skipped because the format cannot say them.
  public mutating func append(_ labels: Labels, _ samples: SampleColumns) -> Int {
    guard OpenMetricsWriter.canWrite(labels) else { return samples.count }
    let text = OpenMetricsWriter.series(labels)
    var skipped = 0
    for index in samples.times.indices {
      let value = samples.values[index]
      if value.isNaN, value.bitPattern != SpecialValue.namedNaN.bitPattern {
        skipped += 1
        continue
      }
      open(labels.metric)
      bytes.append(contentsOf: text)
      bytes.append(contentsOf: NumberText.shortest(value).utf8)
      bytes.append(Octet.space)
      TimeDigits.appendSeconds(samples.times[index], to: &bytes)
      bytes.append(Octet.newline)
    }
    return skipped
  }

  /// Writes the end that the format asks for.
  public mutating func finish() { bytes.append(contentsOf: "# EOF\n".utf8) }

  /// Begins a family; one whose name could be a sample of the one before says that it is none.
  private mutating func open(_ metric: String) {
    guard metric != family else { return }
    if !family.isEmpty, metric.hasPrefix(family + "_") {
      bytes.append(contentsOf: "# TYPE \(metric) unknown\n".utf8)
    }
    family = metric
  }

  /// Whether the format can name a series.
  static func canWrite(_ labels: Labels) -> Bool {
    Labels.isBareMetricName(labels.metric)
      && labels.pairs.allSatisfy {
        $0.name == Labels.metricNameLabel || Labels.isBareLabelName($0.name)
      }
  }

  /// `name{label="value"} ` with the format's three escapes.
  private static func series(_ labels: Labels) -> [UInt8] {
    var text = Array(labels.metric.utf8)
    var separator = UInt8(ascii: "{")
    for pair in labels.pairs where pair.name != Labels.metricNameLabel {
      text.append(separator)
      separator = Octet.comma
      text.append(contentsOf: pair.name.utf8)
      text.append(contentsOf: "=\"".utf8)
      for byte in pair.value.utf8 {
        switch byte {
        case Octet.quote, Octet.backslash: text += [Octet.backslash, byte]
        case Octet.newline: text += [Octet.backslash, UInt8(ascii: "n")]
        default: text.append(byte)
        }
      }
      text.append(Octet.quote)
    }
    if separator == Octet.comma { text.append(UInt8(ascii: "}")) }
    text.append(Octet.space)
    return text
  }
}
