internal import TSQCore

/// What OpenMetrics asks of one sample, by its family's type and its name's ending.
struct OpenMetricsRules {
  let kind: MetricMetadata.Kind
  let suffix: String
  let family: [UInt8]

  /// Whether an exemplar may follow: behind a counter's total and behind buckets.
  var takesExemplars: Bool {
    suffix == "_total" && kind == .counter || suffix == "_bucket"
  }

  /// Checks labels, value and exemplar.
  ///
  /// - Returns: the bound of a histogram's bucket, `nil` for any other sample.
  func check(_ sample: OpenMetricsSample) throws(RejectReason) -> Double? {
    if sample.exemplar != nil, !takesExemplars { throw .badExemplar }
    let (key, value) = (sample.key, sample.value)
    // Of histograms only buckets have an inner label, of summaries only quantiles.
    if let inner = innerLabel, kind != .stateSet, suffix != "_bucket", suffix != "" {
      guard key.value(of: inner) == nil else { throw .badForType }
    }
    switch (kind, suffix) {
    case (.gauge, _), (.unknown, _): return nil
    case (.info, _):
      guard value == 1 else { throw .badForType }
    case (.stateSet, _):
      guard key.value(of: family) != nil, value == 0 || value == 1 else { throw .badForType }
    case (.summary, ""):
      guard let quantile = number(key, "quantile"), (0...1).contains(quantile),
        value >= 0 || value.isNaN
      else { throw .badForType }
    case (_, "_bucket"):
      guard let bound = number(key, "le"), isCount(value) else { throw .badForType }
      // What no bound holds is counted in the last bucket, NaN too.
      if let exemplar = sample.exemplar, !(exemplar <= bound || bound == .infinity) {
        throw .badExemplar
      }
      return bound
    case (_, "_count"), (_, "_gcount"):
      guard isCount(value) else { throw .badForType }
    case (_, "_gsum"):
      guard !value.isNaN else { throw .badForType }
    case (_, "_created"):
      guard value >= 0, value.isFinite else { throw .badForType }
    default:
      // Totals and sums never fall, and are numbers.
      guard value >= 0 else { throw .badForType }
    }
    return nil
  }

  private func isCount(_ value: Double) -> Bool {
    value >= 0 && value.isFinite && value == value.rounded(.towardZero)
  }

  private func number(_ key: LabelKey, _ label: String) -> Double? {
    guard let text = key.value(of: label.utf8).map({ Array($0) }) else { return nil }
    let span = unsafe text.span.bytes
    let number = ExpositionNumber.value(span, from: 0, to: span.byteCount)
    return number.flatMap { $0.isNaN ? nil : $0 }
  }

  /// The label that tells samples of one metric apart, or `nil` where there is none.
  private var innerLabel: [UInt8]? {
    switch kind {
    case .histogram, .gaugeHistogram: Array("le".utf8)
    case .summary: Array("quantile".utf8)
    case .stateSet: family
    case .counter, .gauge, .info, .unknown: nil
    }
  }

  /// A number for the metric that a sample belongs to: its labels without name and inner label.
  func metric(_ key: LabelKey) -> Int {
    let inner = innerLabel
    let metricName = Array(Labels.metricNameLabel.utf8)
    return number(
      key,
      (0..<key.pairCount).filter { pair in
        let name = key.name(pair)
        return !name.elementsEqual(metricName) && !(inner.map { name.elementsEqual($0) } ?? false)
      })
  }

  /// A number for the series of a sample.
  func series(_ key: LabelKey) -> Int { number(key, Array(0..<key.pairCount)) }

  /// A number for some of a key's pairs, which may stand in any order.
  private func number(_ key: LabelKey, _ pairs: [Int]) -> Int {
    let sorted = pairs.sorted { key.name($0).lexicographicallyPrecedes(key.name($1)) }
    var hasher = Hasher()
    for pair in sorted {
      hasher.combine(key.name(pair))
      hasher.combine(key.value(pair))
    }
    return hasher.finalize()
  }
}
