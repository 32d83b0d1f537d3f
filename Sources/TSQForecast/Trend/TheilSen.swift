/// The median of the slopes between all pairs of points: a line that outliers cannot pull.
///
/// Source: Sen, "Estimates of the Regression Coefficient Based on Kendall's Tau", JASA 63, 1968.
enum TheilSen {
  /// One point: an instant in seconds from any origin, and a value.
  struct Point {
    var seconds: Double
    var value: Double
  }

  /// The most points pairs are made of: 64 give 2,016 slopes.
  static let pointLimit = 64

  /// The median slope and the interval of Kendall's test about it, per second.
  struct Slope {
    var median: Double
    var low: Double
    var high: Double
  }

  /// The median slope with the interval that holds the true one with probability `level`.
  ///
  /// The interval is made of order statistics of the slopes (Sen's equation 3.4, by the normal limit of
  /// Kendall's statistic) and supposes that the points are about independent.
  ///
  /// - Returns: `nil` where no two points differ in time.
  static func slope(_ points: [Point], level: Double) -> Slope? {
    var slopes: [Double] = []
    slopes.reserveCapacity(points.count * (points.count - 1) / 2)
    for left in points.indices {
      for right in points.indices where right > left {
        let distance = points[right].seconds - points[left].seconds
        guard distance != 0 else { continue }
        let slope = (points[right].value - points[left].value) / distance
        if slope.isFinite { slopes.append(slope) }
      }
    }
    guard !slopes.isEmpty else { return nil }
    let count = Double(points.count)
    let deviation = (count * (count - 1) * (2 * count + 5) / 18).squareRoot()
    let reach = Quantile.normal(0.5 + level / 2) * deviation
    let below = Int(max((Double(slopes.count) - reach) / 2, 0))
    return Slope(
      median: median(&slopes), low: Selection.select(&slopes, rank: below),
      high: Selection.select(&slopes, rank: slopes.count - 1 - below))
  }

  /// Ascending samples as at most `pointLimit` points, each the median of a run of neighbours.
  static func medians(times: [Int64], values: [Double]) -> [Point] {
    let size = (times.count + pointLimit - 1) / pointLimit
    guard let start = times.first, size > 0 else { return [] }
    var buffer: [Double] = []
    buffer.reserveCapacity(size)
    return stride(from: 0, to: times.count, by: size).map { first in
      let end = min(first + size, times.count)
      buffer.removeAll(keepingCapacity: true)
      buffer.append(contentsOf: values[first..<end])
      let seconds = Double(times[first + (end - first) / 2] &- start) / 1e9
      return Point(seconds: seconds, value: median(&buffer))
    }
  }

  /// The median of finite values; halves are added, so that two large ones do not overflow.
  static func median(_ values: inout [Double]) -> Double {
    let middle = values.count / 2
    let upper = Selection.select(&values, rank: middle)
    guard values.count % 2 == 0 else { return upper }
    var lower = -Double.infinity
    for index in 0..<middle where values[index] > lower { lower = values[index] }
    return lower / 2 + upper / 2
  }
}
