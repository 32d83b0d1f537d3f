/// A monotone map that draws in the tails: nearly straight in the middle, a square root far out.
///
/// Smoothers and autoregressions fitted in it follow the median of skewed data rather than the
/// mean that bursts pull up. It is odd about the centre, so that a series turned upside down is
/// forecast upside down, and its inverse needs no library function.
struct Compression {
  /// The point that stays where it is: the median.
  let centre: Double
  /// Where the bend begins: the median distance from the centre.
  let scale: Double

  init(_ series: [Double]) {
    let middle = Selection.median(series)
    let distances = series.map { abs($0 - middle) }
    var mean = 0.0
    for distance in distances { mean += distance / Double(distances.count) }
    centre = middle
    // More than half the values may be equal; the mean distance serves then.
    scale = max(Selection.median(distances), 0.1 * mean, 1e-12)
  }

  /// The compressed value, in scales.
  func forward(_ value: Double) -> Double {
    let x = (value - centre) / scale
    let size = (1 + 2 * abs(x)).squareRoot() - 1
    return x < 0 ? -size : size
  }

  /// The value a compressed one stands for.
  func backward(_ compressed: Double) -> Double {
    let size = abs(compressed)
    let x = size + size * size / 2
    return centre + scale * (compressed < 0 ? -x : x)
  }
}
