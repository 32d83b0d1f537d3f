import TSQCore
internal import Synchronization

/// What the metrics of a store take, and how that is spread over time.
///
/// Segments only: what is still in memory has no size on disk yet.
public struct StoreUsage: Codable, Hashable, Sendable {
  /// One metric's share.
  public struct Metric: Codable, Hashable, Sendable {
    /// Its name.
    public var metric: String
    /// Series with samples in a segment.
    public var series = 0
    /// Samples, deleted ones included until a compaction carries the deletion out.
    public var samples = 0
    /// Bytes: its timestamps and values, and its part of everything else in the files; hourly
    /// values included.
    public var bytes: Int64 = 0
    /// Hours kept in place of samples that were dropped; `nil` in answers of older versions.
    public var hours: Int?
    /// Bytes of these.
    public var hourlyBytes: Int64?
    /// Samples a day over the last whole week of the store's data.
    public var samplesPerDay = 0.0
    /// Bytes a day, over the same time.
    public var bytesPerDay = 0.0

    enum CodingKeys: String, CodingKey {
      case metric, series, samples, bytes, hours
      case hourlyBytes = "hourly_bytes"
      case samplesPerDay = "samples_per_day"
      case bytesPerDay = "bytes_per_day"
    }
  }

  /// What the samples of one UTC day take that are kept equally long.
  public struct Day: Codable, Hashable, Sendable {
    /// The day's beginning, Unix seconds.
    public var start: Int64
    /// How long they are kept by the retention rules, seconds; 0 for ever.
    public var keepSeconds: Int64
    /// Samples of the day; a block that spans several is shared out by time.
    public var samples: Double
    /// Their bytes.
    public var bytes: Double

    enum CodingKeys: String, CodingKey {
      case start, samples, bytes
      case keepSeconds = "keep_seconds"
    }
  }

  /// Every metric, the largest first.
  public var metrics: [Metric] = []
  /// Every day with samples, ascending, once for each time that samples are kept.
  public var days: [Day] = []
  /// Bytes of all segments.
  public var bytes: Int64 = 0
  /// Bytes of everything in the folder.
  public var totalBytes: Int64 = 0
  /// The retention rules kept in the store.
  public var retention: [RetentionRule] = []

  enum CodingKeys: String, CodingKey {
    case metrics, days, bytes, retention
    case totalBytes = "total_bytes"
  }

  /// Days that growth is told from.
  public static let growthDays: Int64 = 7
}

extension Store {
  /// What each metric and each day takes on disk.
  ///
  /// - Throws: `StoreError.damaged` where an index cannot be read: a share of it would be wrong.
  /// - Complexity: O(blocks); reads every index twice.
  public func usage() throws(StoreError) -> StoreUsage {
    let view = core.view.withLock { $0 }
    let rules = try retentionRules()
    let newest = view.segments.compactMap(\.info.timeRange?.end).max()
    // One sample from the future must not make all the others old.
    var tally = UsageTally(rules: rules, end: newest.map { min($0, options.clock()) })
    do throws(SegmentError) {
      for segment in view.segments { try tally.add(segment, core.registry) }
    } catch { throw error.storeError }
    var usage = tally.usage
    usage.retention = rules
    usage.totalBytes = try layout().total
    return usage
  }
}

/// Adds up blocks by metric and by day.
private struct UsageTally {
  private struct Share {
    var keepSeconds: Int64
    var hourlyKeepSeconds: Int64
    var series: Set<UInt32> = []
    var samples = 0
    var bytes = 0.0
    var hours = 0
    var hourlyBytes = 0.0
    var lastSamples = 0.0
    var lastBytes = 0.0
    /// The first instant that samples are left of.
    var firstTime = Int64.max
  }

  private static let day: Int64 = 86_400_000_000_000
  /// A block that spans more days than this lies in the future or the far past by mistake.
  private static let daysOfBlockMax: Int64 = 366

  /// The end of the last whole day of the data, exclusive: growth is told from the week before.
  private let end: Int64
  private var shares: [String: Share] = [:]
  private let rules: [(matcher: LabelMatcher, keepSeconds: Int64)]
  private let hourlyRules: [(matcher: LabelMatcher, keepSeconds: Int64)]
  private var days: [DayKey: (samples: Double, bytes: Double)] = [:]
  private var bytes: Int64 = 0

  private struct DayKey: Hashable {
    let number: Int64
    let keepSeconds: Int64
  }

  init(rules: [RetentionRule], end: Timestamp?) {
    self.rules = Self.matchers(rules, resolution: 0)
    self.hourlyRules = Self.matchers(rules, resolution: RetentionRule.hourSeconds)
    self.end = (end?.nanoseconds ?? 0).flooredDivision(by: Self.day).quotient
  }

  private static func matchers(
    _ rules: [RetentionRule], resolution: Int64
  ) -> [(matcher: LabelMatcher, keepSeconds: Int64)] {
    rules.filter { $0.resolutionSeconds == resolution }.map {
      (LabelMatcher.metric(glob: $0.metricPattern), $0.keepSeconds)
    }
  }

  mutating func add(
    _ segment: SegmentHandle, _ registry: SeriesRegistry
  ) throws(SegmentError) {
    bytes += segment.info.fileSize
    // Fields of a line share one column of times: its bytes are shared out too.
    var owners: [Int64: Int] = [:]
    var listed: [(id: UInt32, blocks: ArraySlice<BlockEntry>)] = []
    for number in segment.series {
      let blocks = try segment.blocks(of: SeriesID(rawValue: number), in: .all)
      for block in blocks { owners[block.timesOffset, default: 0] += 1 }
      listed.append((number, blocks))
    }
    var framed = 0.0
    for (_, blocks) in listed {
      for block in blocks { framed += Self.bytes(of: block, owners) }
    }
    // Labels, index and summaries go by frames: what has many blocks has many rows.
    let factor = framed > 0 ? Double(segment.info.fileSize) / framed : 0
    for (number, blocks) in listed {
      let labels = registry.labels(of: SeriesID(rawValue: number))
      let metric = labels.metric
      var share =
        shares[metric]
        ?? Share(
          keepSeconds: Self.keepSeconds(of: metric, rules),
          hourlyKeepSeconds: Self.keepSeconds(of: metric, hourlyRules))
      let field = labels[Labels.rollupLabel]
      if field == nil { share.series.insert(number) }
      for block in blocks {
        let size = Self.bytes(of: block, owners) * factor
        if let field {
          share.hours += field == RollupField.count.rawValue ? block.count : 0
          share.hourlyBytes += size
        }
        add(block, size, isHourly: field != nil, to: &share)
      }
      shares[metric] = share
    }
  }

  private static func keepSeconds(
    of metric: String, _ rules: [(matcher: LabelMatcher, keepSeconds: Int64)]
  ) -> Int64 {
    rules.first { $0.matcher.matches(metric) }?.keepSeconds ?? 0
  }

  private static func bytes(of block: BlockEntry, _ owners: [Int64: Int]) -> Double {
    Double(block.valuesLength)
      + Double(block.timesLength) / Double(max(1, owners[block.timesOffset] ?? 1))
  }

  private mutating func add(
    _ block: BlockEntry, _ size: Double, isHourly: Bool, to share: inout Share
  ) {
    share.samples += isHourly ? 0 : block.count
    if !isHourly { share.firstTime = min(share.firstTime, block.firstTime) }
    share.bytes += size
    let first = block.firstTime.flooredDivision(by: Self.day).quotient
    let last = block.lastTime.flooredDivision(by: Self.day).quotient
    guard last - first < Self.daysOfBlockMax else { return }
    let length = Double(block.lastTime - block.firstTime)
    for number in first...last {
      // The first day of all begins before any instant.
      let low = number == first ? block.firstTime : number * Self.day
      let high = number == last ? block.lastTime : number * Self.day + Self.day
      let part = length > 0 ? Double(high - low) / length : 1
      let keep = isHourly ? share.hourlyKeepSeconds : share.keepSeconds
      let key = DayKey(number: number, keepSeconds: keep)
      days[key, default: (0, 0)].samples += isHourly ? 0 : part * Double(block.count)
      days[key, default: (0, 0)].bytes += part * size
      if !isHourly, number < end, number >= end - StoreUsage.growthDays {
        share.lastSamples += part * Double(block.count)
        share.lastBytes += part * size
      }
    }
  }

  /// Days of the week before the end that a metric has samples of: it may have begun in it, and retention
  /// may have taken the first of them.
  private func days(of share: Share) -> Double {
    let before = Double(end) - Double(share.firstTime) / Double(Self.day)
    // Less than an hour says nothing of a day.
    return min(max(before, 1.0 / 24), Double(StoreUsage.growthDays))
  }

  var usage: StoreUsage {
    var usage = StoreUsage()
    usage.bytes = bytes
    usage.metrics = shares.map { name, share in
      var metric = StoreUsage.Metric(metric: name)
      metric.series = share.series.count
      metric.samples = share.samples
      metric.bytes = Int64(share.bytes.rounded())
      metric.hours = share.hours
      metric.hourlyBytes = Int64(share.hourlyBytes.rounded())
      let span = days(of: share)
      metric.samplesPerDay = share.lastSamples / span
      metric.bytesPerDay = share.lastBytes / span
      return metric
    }.sorted {
      $0.bytes != $1.bytes
        ? $0.bytes > $1.bytes : $0.metric.utf8.lexicographicallyPrecedes($1.metric.utf8)
    }
    usage.days = days.map { key, sum in
      StoreUsage.Day(
        start: key.number * 86_400, keepSeconds: key.keepSeconds, samples: sum.samples,
        bytes: sum.bytes)
    }.sorted { ($0.start, $0.keepSeconds) < ($1.start, $1.keepSeconds) }
    return usage
  }
}
