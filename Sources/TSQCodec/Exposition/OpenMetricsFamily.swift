internal import TSQCore

/// One metric family of an OpenMetrics exposition and what may still come in it.
struct OpenMetricsFamily: Sendable {
  let name: [UInt8]
  private var kind: MetricMetadata.Kind?
  private var unit: String?
  private var help: String?
  private(set) var hasSamples = false

  /// The metric under way at its present time.
  private var point: OpenMetricsPoint?
  /// Metrics that were begun: each stands in one place.
  private var metrics: Set<Int> = []
  /// A metric and time that has begun with a rejected sample.
  private var spoiled: (metric: Int, time: Int64?)?

  init(name: [UInt8]) { self.name = name }

  /// What the family measures, or `nil` where nothing was said.
  var declaration: MetricMetadata? {
    guard kind != nil || unit != nil || help != nil else { return nil }
    return MetricMetadata(
      metric: String(decoding: name, as: UTF8.self), kind: kind ?? .unknown, unit: unit ?? "",
      help: help ?? "")
  }

  /// What the metric under way lacks, should no more of its samples come.
  var missing: RejectReason? { point?.missing }

  /// Takes a metadata line of this family.
  mutating func describe(
    _ keyword: MetadataKeyword, _ content: String
  ) throws(RejectReason) {
    guard !hasSamples else { throw .badMetadata }
    switch keyword {
    case .type:
      guard kind == nil, let known = MetricMetadata.Kind(rawValue: content) else {
        throw .badMetadata
      }
      kind = known
    case .unit:
      guard unit == nil, content.isEmpty || fits(unit: content) else { throw .badMetadata }
      unit = content
    case .help:
      guard help == nil, Self.isEscaped(content) else { throw .badMetadata }
      help = MetadataLines.unescaped(content)
    }
    // An info or a state set has no unit; whichever of the two lines came first.
    if kind == .info || kind == .stateSet, unit?.isEmpty == false { throw .badMetadata }
  }

  private func fits(unit: String) -> Bool {
    let ending = Array("_\(unit)".utf8)
    return name.count > ending.count && name.suffix(ending.count).elementsEqual(ending)
  }

  /// Whether quotes are escaped, and every backslash has something behind it.
  ///
  /// A backslash before another character than a backslash, `n` or a quote stands for itself.
  private static func isEscaped(_ text: String) -> Bool {
    var isOpen = false
    for byte in text.utf8 {
      if byte == Octet.quote, !isOpen { return false }
      isOpen = byte == Octet.backslash && !isOpen
    }
    return !isOpen
  }

  // MARK: - Names

  /// The endings that samples of a type have.
  private static func suffixes(_ kind: MetricMetadata.Kind) -> [String] {
    switch kind {
    case .counter: ["_total", "_created"]
    case .histogram: ["_bucket", "_count", "_sum", "_created"]
    case .gaugeHistogram: ["_bucket", "_gcount", "_gsum"]
    case .summary: ["", "_count", "_sum", "_created"]
    case .info: ["_info"]
    case .gauge, .stateSet, .unknown: [""]
    }
  }

  /// Whether some type has an ending.
  static func anySuffix(_ ending: some Collection<UInt8>) -> Bool {
    let all = ["_total", "_created", "_bucket", "_count", "_sum", "_gcount", "_gsum", "_info"]
    return all.contains { ending.elementsEqual($0.utf8) }
  }

  /// The ending of a sample of this family, or `nil` where the name is none of its.
  func suffix(of sample: [UInt8]) -> String? {
    guard sample.starts(with: name) else { return nil }
    let ending = sample.dropFirst(name.count)
    return Self.suffixes(kind ?? .unknown).first { ending.elementsEqual($0.utf8) }
  }

  /// Every name that a sample of this family may have.
  var sampleNames: [[UInt8]] { Self.suffixes(kind ?? .unknown).map { name + Array($0.utf8) } }

  // MARK: - Samples

  /// Takes a sample whose name is one of the family's; one that is rejected changes nothing.
  ///
  /// - Returns: what the metric before it lacks, where this one begins another or a later time.
  mutating func admit(_ sample: OpenMetricsSample) throws(RejectReason) -> RejectReason? {
    guard let suffix = suffix(of: sample.name) else { throw .badSuffix }
    let kind = kind ?? .unknown
    let rules = OpenMetricsRules(kind: kind, suffix: suffix, family: name)
    let metric = rules.metric(sample.key)
    var next: OpenMetricsPoint
    if let point, point.metric == metric, point.time == sample.time {
      next = point
    } else {
      next = OpenMetricsPoint(kind, metric: metric, time: sample.time)
      next.isSpoiled = spoiled.map { $0 == (metric, sample.time) } ?? false
    }
    do throws(RejectReason) {
      let member = OpenMetricsPoint.Member(
        suffix: suffix, series: rules.series(sample.key), value: sample.value,
        bound: try rules.check(sample))
      try checkPlace(metric, sample.time)
      try next.check(member)
      // No second reference, so that adding does not copy.
      let isSame = point?.metric == metric && point?.time == sample.time
      let missing = isSame ? nil : point?.missing
      point = nil
      next.add(member)
      point = next
      metrics.insert(metric)
      hasSamples = true
      return missing
    } catch {
      if point?.metric == metric, point?.time == sample.time {
        spoil()
      } else {
        spoiled = (metric, sample.time)
      }
      throw error
    }
  }

  /// Notes that a rejected line may have been a sample of the metric under way.
  mutating func spoil() { point?.isSpoiled = true }

  /// Checks that samples of one metric stand together, in order of time.
  private func checkPlace(_ metric: Int, _ time: Int64?) throws(RejectReason) {
    guard let point, point.metric == metric else {
      if metrics.contains(metric) { throw .badGrouping }
      return
    }
    if point.time == time { return }
    guard let time, let before = point.time, time > before else { throw .badGrouping }
  }
}
