/// One label name and one value, as symbol numbers.
struct LabelSymbols: Hashable, Sendable {
  var name: UInt32
  var value: UInt32
}

/// Which series have which label: ascending series numbers for every name and value.
///
/// Series are numbered in the order they appear, so every list is ascending by construction.
struct PostingsIndex: Sendable {
  /// Labels that one series has: kept apart, since a list of one costs ten times the entry.
  private var single: [LabelSymbols: UInt32] = [:]
  private var lists: [LabelSymbols: [UInt32]] = [:]
  /// Every value of a name, in the order of appearance.
  private(set) var valuesOfName: [UInt32: [UInt32]] = [:]

  /// Adds one series' label.
  ///
  /// - Precondition: `series` is greater than every series added before.
  mutating func add(_ label: LabelSymbols, series: UInt32) {
    if let first = single.removeValue(forKey: label) {
      lists[label] = [first, series]
    } else if lists[label] != nil {
      lists[label]?.append(series)
    } else {
      single[label] = series
      valuesOfName[label.name, default: []].append(label.value)
    }
  }

  /// The series that have a label, ascending.
  func series(_ label: LabelSymbols) -> [UInt32] {
    if let only = single[label] { return [only] }
    return lists[label] ?? []
  }

  /// The series that have one of several labels, ascending.
  func series(anyOf labels: [LabelSymbols]) -> [UInt32] {
    if labels.count == 1 { return series(labels[0]) }
    var union: [UInt32] = []
    for label in labels { union.append(contentsOf: series(label)) }
    union.sort()
    var kept = 0
    for number in union where kept == 0 || union[kept - 1] != number {
      union[kept] = number
      kept += 1
    }
    union.removeLast(union.count - kept)
    return union
  }
}

/// Set operations on ascending series numbers.
enum SortedNumbers {
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
  /// O(both).
  static func subtracting(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
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
