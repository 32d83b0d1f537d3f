/// The running aggregate of a group, at every step at once.
///
/// Columns are added one series after the other: each loop runs over contiguous memory.
struct AggregateColumn {
  private let operation: AggregationOperator
  private var counts: [Int]
  /// The sum, the extreme, or the running mean for variances.
  private var first: [Double]
  /// What rounding lost of the sum, or the running sum of squared deviations.
  private var second: [Double]
  /// The running mean, in case the sum overflows.
  private var means: [Double]

  init(_ operation: AggregationOperator, count: Int) {
    self.operation = operation
    let zeros = [Double](repeating: 0, count: count)
    counts = [Int](repeating: 0, count: count)
    first = zeros
    second = zeros
    means = operation == .avg ? zeros : []
  }

  /// Adds one series' column.
  mutating func add(_ values: [Double]) {
    switch operation {
    case .min: addExtreme(values) { $0 < $1 }
    case .max: addExtreme(values) { $0 > $1 }
    case .stddev, .stdvar: addDeviations(values)
    default: addSum(values)
    }
  }

  private mutating func addSum(_ values: [Double]) {
    for index in values.indices where !Missing.isMissing(values[index]) {
      counts[index] += 1
      accumulate(values[index], &first[index], &second[index])
      if !means.isEmpty {
        let count = Double(counts[index])
        means[index] += values[index] / count - means[index] / count
      }
    }
  }

  /// Keeps the value that precedes; NaN only while there is nothing else.
  private mutating func addExtreme(_ values: [Double], _ precedes: (Double, Double) -> Bool) {
    for index in values.indices where !Missing.isMissing(values[index]) {
      if counts[index] == 0 || first[index].isNaN || precedes(values[index], first[index]) {
        first[index] = values[index]
      }
      counts[index] += 1
    }
  }

  /// Source: Welford, "Note on a method for calculating corrected sums of squares", 1962.
  private mutating func addDeviations(_ values: [Double]) {
    for index in values.indices where !Missing.isMissing(values[index]) {
      counts[index] += 1
      let before = values[index] - first[index]
      first[index] += before / Double(counts[index])
      second[index] += before * (values[index] - first[index])
    }
  }

  /// One result per step; `Missing.value` where the group had no series.
  func results() -> [Double] {
    counts.indices.map { index in
      guard counts[index] > 0 else { return Missing.value }
      let count = Double(counts[index])
      switch operation {
      case .count: return count
      case .group: return 1
      case .min, .max: return first[index]
      case .stdvar: return second[index] / count
      case .stddev: return (second[index] / count).squareRoot()
      case .avg:
        // Where only the sum overflowed, the running mean still holds.
        if first[index].isInfinite { return means[index].isNaN ? first[index] : means[index] }
        return (first[index] + second[index]) / count
      default:
        return first[index].isInfinite ? first[index] : first[index] + second[index]
      }
    }
  }
}
