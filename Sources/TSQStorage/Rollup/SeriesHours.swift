import TSQCore

/// Cuts the samples of one series into hours and finds which buckets change.
struct SeriesHours {
  /// A bucket to be written.
  struct Change {
    let bucket: HourBucket
    /// What it takes the place of.
    let known: HourBucket?
  }

  /// The buckets that must be written, ascending.
  private(set) var changed: [Change] = []
  /// Samples seen, stale markers included.
  private(set) var samples = 0
  /// Samples of which nobody knows whether they are in a bucket already.
  private(set) var late = 0
  /// Buckets that more samples came for than they were made of.
  private(set) var remade = 0
  private var known: [Int64: HourBucket] = [:]
  private var before: [Int64: HourBucket] = [:]
  private var open = SampleColumns()
  private var openEnd: Int64 = 0

  /// Says which buckets there are already, and which there were before this run: earlier tries of it
  /// made the others of samples that are added again.
  mutating func expect(_ buckets: [HourBucket], before: [HourBucket]) {
    for bucket in buckets { known[bucket.end] = bucket }
    for bucket in before { self.before[bucket.end] = bucket }
  }

  /// Adds samples that follow those before.
  mutating func add(_ columns: SampleColumns) {
    samples += columns.count
    var index = 0
    while index < columns.count {
      // Only the last hour that can be said has no end, and nothing in it is old.
      let end = HourBucket.end(of: columns.times[index]) ?? .max
      if end != openEnd { close() }
      openEnd = end
      var past = index + 1
      while past < columns.count, columns.times[past] <= end { past += 1 }
      open.append(contentsOf: columns, in: index..<past)
      index = past
    }
  }

  /// Ends the last hour.
  mutating func close() {
    guard !open.isEmpty else { return }
    let (known, before) = (known[openEnd], before[openEnd])
    let update = HourBucket.update(before, end: openEnd, with: open)
    late += update.ignored
    remade += update.isRemade ? 1 : 0
    if let bucket = update.bucket ?? before, bucket != known {
      changed.append(Change(bucket: bucket, known: known))
    }
    open.removeAllKeepingCapacity()
  }
}
