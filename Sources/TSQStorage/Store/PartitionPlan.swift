import TSQCore

/// Which stretches of which series go into which time partition.
struct PartitionPlan {
  /// A time partition's number: floor(time / length).
  static func number(of time: Int64, length: Int64) -> Int64 {
    time.flooredDivision(by: length).quotient
  }

  /// The instants of a partition, held at the ends of `Int64`.
  static func range(of partition: Int64, length: Int64) -> TimeRange {
    let (start, low) = partition.multipliedReportingOverflow(by: length)
    let (end, high) = start.addingReportingOverflow(length - 1)
    // Only the first and last partition reach past what an instant can be.
    return TimeRange(
      start: low ? .distantPast : Timestamp(nanoseconds: start),
      end: low
        ? Timestamp(nanoseconds: partitionEnd(partition, length))
        : high ? .distantFuture : Timestamp(nanoseconds: end))
  }

  private static func partitionEnd(_ partition: Int64, _ length: Int64) -> Int64 {
    // The first partition starts before `Int64.min`; its end is the next one's start less 1.
    (partition + 1) * length - 1
  }

  /// The series of each partition, ascending by partition and then by series.
  private(set) var partitions: [(number: Int64, series: [SeriesID])] = []

  /// Distributes a head's series.
  ///
  /// O(chunks * log).
  init(_ head: Head, length: Int64) {
    var found: [Int64: [SeriesID]] = [:]
    // Nearly all series have samples of one partition only, and neighbours those of the same.
    var (run, number): ([SeriesID], Int64) = ([], 0)
    for id in head.seriesIDs {
      guard let series = head.series(id), let range = series.timeRange else { continue }
      let first = PartitionPlan.number(of: range.start.nanoseconds, length: length)
      guard PartitionPlan.number(of: range.end.nanoseconds, length: length) == first else {
        for other in PartitionPlan.numbers(series, length: length) {
          found[other, default: []].append(id)
        }
        continue
      }
      if first != number || run.isEmpty {
        found[number, default: []] += run
        run.removeAll(keepingCapacity: true)
        number = first
      }
      run.append(id)
    }
    found[number, default: []] += run
    partitions = found.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
      .map { ($0.key, $0.value.sorted { $0.rawValue < $1.rawValue }) }
  }

  /// The partitions that a series has samples of, ascending.
  private static func numbers(_ series: HeadSeries, length: Int64) -> [Int64] {
    var numbers: [Int64] = []
    for chunk in series.pieces {
      for number in PartitionPlan.numbers(chunk.times, length: length)
      where number != numbers.last { numbers.append(number) }
    }
    return numbers
  }

  /// The partitions that ascending times fall into, ascending.
  private static func numbers(_ times: [Int64], length: Int64) -> [Int64] {
    guard let first = times.first, let last = times.last else { return [] }
    let (low, high) = (number(of: first, length: length), number(of: last, length: length))
    if low == high { return [low] }
    var numbers = [low]
    for time in times {
      let next = number(of: time, length: length)
      if next != numbers[numbers.count - 1] { numbers.append(next) }
    }
    return numbers
  }
}
