internal import TSQCore

/// One metric family of an OpenMetrics exposition and what may still come in it.
struct OpenMetricsFamily: Sendable {
  let name: [UInt8]
  private var kind: MetricMetadata.Kind?
  private var unit: String?
  private var help: String?
  private(set) var hasSamples = false

  /// The metric under way: its labels without those that tell its samples apart.
  private var group = 0
  private var groups: Set<Int> = []
  private var groupTime: Int64?
  /// Samples of the group at its present time.
  private var points: Set<Int> = []
  /// The last bucket's bound and count, while buckets come.
  private var bucket: (bound: Double, count: Double)?
  /// Whether the last sample began a group, or a new time of one.
  private(set) var startedGroup = false

  init(name: [UInt8]) { self.name = name }

  /// What the family measures, or `nil` where nothing was said.
  var declaration: MetricMetadata? {
    guard kind != nil || unit != nil || help != nil else { return nil }
    return MetricMetadata(
      metric: String(decoding: name, as: UTF8.self), kind: kind ?? .unknown, unit: unit ?? "",
      help: help ?? "")
  }

  /// Whether buckets came and none of them is `+Inf`.
  var lacksLastBucket: Bool { bucket.map { $0.bound != .infinity } ?? false }

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

  /// Whether backslashes stand only before a backslash, `n` or a quote.
  private static func isEscaped(_ text: String) -> Bool {
    var isOpen = false
    for byte in text.utf8 {
      if isOpen {
        guard byte == Octet.backslash || byte == Octet.quote || byte == UInt8(ascii: "n") else {
          return false
        }
        isOpen = false
      } else {
        isOpen = byte == Octet.backslash
      }
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

  /// Takes a sample whose name is one of the family's.
  mutating func admit(
    _ key: LabelKey, _ sample: [UInt8], value: Double, time: Int64?, hasExemplar: Bool
  ) throws(RejectReason) {
    guard let suffix = suffix(of: sample) else { throw .badSuffix }
    let rules = OpenMetricsRules(kind: kind ?? .unknown, suffix: suffix, family: name)
    if hasExemplar, !rules.takesExemplars { throw .badExemplar }
    let bound = try rules.check(key, value)
    try place(key, rules, time)
    hasSamples = true
    guard let bound else { return }
    if let bucket, bound <= bucket.bound || value < bucket.count { throw .badForType }
    bucket = (bound, value)
  }

  /// Checks that samples of one metric stand together, in order of time, each once.
  private mutating func place(
    _ key: LabelKey, _ rules: OpenMetricsRules, _ time: Int64?
  ) throws(RejectReason) {
    let identity = rules.group(key)
    startedGroup = false
    if !hasSamples || identity != group {
      guard groups.insert(identity).inserted else { throw .badGrouping }
      start(identity, time)
    } else if time != groupTime {
      guard let time, let groupTime, time > groupTime else { throw .badGrouping }
      start(identity, time)
    }
    guard points.insert(key.bytes.hashValue).inserted else { throw .badGrouping }
  }

  private mutating func start(_ identity: Int, _ time: Int64?) {
    (group, groupTime, bucket, startedGroup) = (identity, time, nil, true)
    points.removeAll(keepingCapacity: true)
  }
}
