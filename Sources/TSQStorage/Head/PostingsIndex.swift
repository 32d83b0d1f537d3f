/// Which series have which label: ascending series numbers for every label.
///
/// Made when first asked for and not with every new series: the lists lie in one array, so that a
/// label that one series has costs eight bytes. Series that came since are looked through one by
/// one; once they are an eighth of all the array is made anew, so that a growing store pays for it a
/// constant number of times a series, and one that nobody asks pays nothing.
struct PostingsIndex: Sendable {
  /// Where each label's series begin in `members`; one more entry than labels were known.
  private var starts: [UInt32] = [0]
  private var members: [UInt32] = []
  /// Series before this one are in the lists.
  private(set) var seriesCount = 0
  /// Series looked through one by one at most, whatever the share.
  private static let tailMax = 256

  /// Whether so many series came since that the lists should be made anew.
  func isBehind(_ count: Int) -> Bool {
    count - seriesCount > max(PostingsIndex.tailMax, seriesCount / 8)
  }

  /// Makes the lists of all series.
  ///
  /// - Parameters:
  ///   - series: the labels of each series.
  ///   - labelCount: how many labels there are.
  /// - Complexity: O(labels of all series).
  mutating func rebuild(_ series: SeriesLabels, labelCount: Int) {
    var next = [UInt32](repeating: 0, count: labelCount + 1)
    for label in series.members { next[Int(label) + 1] += 1 }
    for label in 0..<labelCount { next[label + 1] += next[label] }
    starts = next
    members = [UInt32](repeating: 0, count: series.members.count)
    for number in 0..<UInt32(series.count) {
      for label in series[number] {
        members[Int(next[Int(label)])] = number
        next[Int(label)] += 1
      }
    }
    seriesCount = series.count
  }

  /// The series that have one of several labels, ascending.
  ///
  /// - Complexity: O(series found, sorted where there are several labels) + O(series since).
  func series(anyOf labels: [UInt32], _ series: SeriesLabels) -> [UInt32] {
    var union: [UInt32] = []
    for label in labels where Int(label) + 1 < starts.count {
      union.append(contentsOf: members[Int(starts[Int(label)])..<Int(starts[Int(label) + 1])])
    }
    if labels.count > 1 { SortedNumbers.makeUnique(&union) }
    guard seriesCount < series.count, !labels.isEmpty else { return union }
    let wanted = labels.count > 8 ? Set(labels) : []
    for number in UInt32(seriesCount)..<UInt32(series.count) {
      let isFound = series[number].contains {
        wanted.isEmpty ? labels.contains($0) : wanted.contains($0)
      }
      if isFound { union.append(number) }
    }
    return union
  }
}

/// The labels of all series, as numbers of a `LabelTable`.
struct SeriesLabels: Sendable {
  /// Where each series' labels start in `members`; one more entry than there are series.
  private var starts: [UInt32] = [0]
  /// The labels of all series, one series after the other.
  private(set) var members: [UInt32] = []

  /// The number of series.
  var count: Int { starts.count - 1 }

  /// Adds the next series.
  mutating func append(_ labels: some Collection<UInt32>) {
    members.append(contentsOf: labels)
    starts.append(UInt32(members.count))
  }

  /// Makes room for this many series in all.
  mutating func reserve(_ total: Int) {
    starts.reserveCapacity(total + 1)
    members.reserveCapacity(members.count + (total - count) * 4)
  }

  /// The labels of a series, in the order of `Labels.pairs`.
  subscript(number: UInt32) -> ArraySlice<UInt32> {
    members[Int(starts[Int(number)])..<Int(starts[Int(number) + 1])]
  }
}

/// Set operations on ascending series numbers.
enum SortedNumbers {
  /// Sorts numbers and leaves each once.
  static func makeUnique(_ numbers: inout [UInt32]) {
    numbers.sort()
    var kept = 0
    for number in numbers where kept == 0 || numbers[kept - 1] != number {
      numbers[kept] = number
      kept += 1
    }
    numbers.removeLast(numbers.count - kept)
  }

  /// The numbers in both.
  ///
  /// O(short * log long) where one is much shorter, else O(both).
  static func intersection(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
    let (short, long) = left.count <= right.count ? (left, right) : (right, left)
    if short.count * 16 < long.count {
      return short.filter { index(of: $0, in: long) != nil }
    }
    var common: [UInt32] = []
    var (i, j) = (0, 0)
    while i < short.count, j < long.count {
      if short[i] == long[j] {
        common.append(short[i])
        i += 1
        j += 1
      } else if short[i] < long[j] {
        i += 1
      } else {
        j += 1
      }
    }
    return common
  }

  /// The numbers of the first that are not in the second.
  ///
  /// O(first * log second) where the first are much fewer, else O(both).
  static func subtracting(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
    if left.count * 16 < right.count { return left.filter { index(of: $0, in: right) == nil } }
    var rest: [UInt32] = []
    var j = 0
    for number in left {
      while j < right.count, right[j] < number { j += 1 }
      if j == right.count || right[j] != number { rest.append(number) }
    }
    return rest
  }

  /// The position of a number.
  ///
  /// O(log n).
  static func index(of number: UInt32, in sorted: [UInt32]) -> Int? {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = low + (high - low) / 2
      if sorted[middle] < number { low = middle + 1 } else { high = middle }
    }
    return low < sorted.count && sorted[low] == number ? low : nil
  }
}
