/// Running sums of a series, so that any window's mean or line costs O(1).
struct RunningSums {
  /// `sums[i]` is the sum of the first `i` values.
  private(set) var sums: [Double]
  /// `products[i]` is the sum of `index * value` over the first `i` values.
  private(set) var products: [Double]

  init(_ values: [Double]) {
    sums = [Double](repeating: 0, count: values.count + 1)
    products = sums
    for index in values.indices {
      sums[index + 1] = sums[index] + values[index]
      products[index + 1] = products[index] + Double(index) * values[index]
    }
  }

  /// Mean of the `width` values that end with index `last`, of fewer where there are fewer.
  func mean(last: Int, width: Int) -> Double {
    let end = max(1, min(last + 1, sums.count - 1))
    let start = max(end - width, 0)
    return (sums[end] - sums[start]) / Double(max(end - start, 1))
  }

  /// The least-squares line through the values of a window.
  ///
  /// - Returns: its value at the window's last index and its slope per step; slope 0 for one value.
  func line(last: Int, width: Int) -> (end: Double, slope: Double) {
    let end = max(1, min(last + 1, sums.count - 1))
    let start = max(end - width, 0)
    let count = Double(end - start)
    let sum = sums[end] - sums[start]
    let mean = sum / count
    guard end - start > 1 else { return (mean, 0) }
    let middle = (Double(start) + Double(end - 1)) / 2
    let product = products[end] - products[start] - middle * sum
    let slope = product / (count * (count * count - 1) / 12)
    return (mean + slope * (Double(end - 1) - middle), slope)
  }
}

extension PathTable {
  /// A forecaster that repeats one value per origin.
  mutating func addConstant(_ name: String, _ level: (Int) -> Double) {
    addLine(name) { (level($0), 0) }
  }

  /// A forecaster that goes on along a straight line: value at the origin and slope per step.
  mutating func addLine(_ name: String, _ line: (Int) -> (end: Double, slope: Double)) {
    let base = add(name)
    for row in plan.origins.indices {
      let (end, slope) = line(plan.origins[row])
      let start = base + plan.rowStarts[row]
      for step in 0..<plan.rowSteps[row] {
        values[start + step] = end + slope * Double(step + 1)
      }
    }
    settle()
  }
}
