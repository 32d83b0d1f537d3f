internal import Synchronization

/// The process' series in the order of their labels, kept from one segment to the next: sorting a
/// million of them takes longer than writing their blocks.
///
/// Takes four bytes a series.
final class SeriesOrder: Sendable {
  private let known = Mutex<[UInt32]>([])

  /// Fewer series than this part of all are sorted by themselves.
  private static let shareMin = 16

  /// Some series, each once, in the order of `LabelOrder`.
  ///
  /// - Complexity: O(all series), and O(n log n) comparisons of the n that are new since the last
  ///   call. Holds no lock that those who name series wait for.
  func sorted(_ ids: [SeriesID], _ registry: SeriesRegistry) -> [SeriesID] {
    let table = registry.copy()
    let comparison = table.comparison
    if ids.count * Self.shareMin < table.count {
      return ids.sorted { comparison.precedes($0.rawValue, $1.rawValue) }
    }
    var isWanted = [Bool](repeating: false, count: table.count)
    for id in ids { isWanted[Int(id.rawValue)] = true }
    return known.withLock { known in
      SeriesOrder.extend(&known, to: table.count, comparison)
      return known.lazy.filter { isWanted[Int($0)] }.map(SeriesID.init(rawValue:))
    }
  }

  /// Puts the series that are new into their places.
  private static func extend(
    _ known: inout [UInt32], to count: Int, _ comparison: SeriesComparison
  ) {
    if known.count >= count { return }
    let new = (UInt32(known.count)..<UInt32(count)).sorted(by: comparison.precedes)
    var merged: [UInt32] = []
    merged.reserveCapacity(count)
    var next = 0
    for number in new {
      while next < known.count, comparison.precedes(known[next], number) {
        merged.append(known[next])
        next += 1
      }
      merged.append(number)
    }
    merged.append(contentsOf: known[next...])
    known = merged
  }
}

/// Compares series of a table by their labels, as `LabelOrder` does.
struct SeriesComparison {
  let labels: LabelTable
  let series: SeriesLabels
  /// The symbol of the label that holds the metric's name; `nil` where no series has one.
  let metricName: UInt32?

  /// Whether the labels of the first series sort before the second's.
  func precedes(_ left: UInt32, _ right: UInt32) -> Bool {
    labels.precedes(series[left], series[right], metricName: metricName)
  }
}
