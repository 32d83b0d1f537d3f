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

  /// The median slope per second, or `nil` where no two points differ in time.
  static func slope(_ points: [Point]) -> Double? {
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
    slopes.sort()
    let middle = slopes.count / 2
    if slopes.count % 2 == 1 { return slopes[middle] }
    return slopes[middle - 1] / 2 + slopes[middle] / 2
  }

  /// Ascending samples as at most `pointLimit` points, each the median of a run of neighbours.
  static func medians(times: [Int64], values: [Double]) -> [Point] {
    let size = (times.count + pointLimit - 1) / pointLimit
    guard let start = times.first, size > 0 else { return [] }
    return stride(from: 0, to: times.count, by: size).map { first in
      let end = min(first + size, times.count)
      let sorted = values[first..<end].sorted()
      let middle = sorted.count / 2
      let median =
        sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] / 2 + sorted[middle] / 2)
      let seconds = Double(times[first + (end - first) / 2] &- start) / 1e9
      return Point(seconds: seconds, value: median)
    }
  }
}
