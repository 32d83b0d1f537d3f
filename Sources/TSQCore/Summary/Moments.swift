/// The centred sums that determine a least-squares line and its first autocorrelation.
///
/// Times are seconds since `origin`, values are as measured. All sums are about the means, and merge
/// without losing digits. Source: Chan, Golub & LeVeque, "Updating Formulae and a Pairwise Algorithm
/// for Computing Sample Variances", 1979; the lag-1 terms follow by the same expansion.
public struct Moments: Hashable, Sendable {
  /// Number of (time, value) pairs; all finite.
  public var count = 0
  /// The instant, in nanoseconds, that `meanTime` counts from: the first pair's time.
  public var origin: Int64 = 0
  /// Mean time, seconds since `origin`.
  public var meanTime = 0.0
  /// Mean value.
  public var meanValue = 0.0
  /// Sum of squared time deviations, s².
  public var sumSquaresTime = 0.0
  /// Sum of time deviation times value deviation, s · unit.
  public var sumProducts = 0.0
  /// Sum of squared value deviations, unit².
  public var sumSquaresValue = 0.0

  /// Sum of `dv[i] * dv[i+1]` over neighbours, deviations from the mean value.
  public var lagValueValue = 0.0
  /// Sum of `dt[i] * dv[i+1] + dv[i] * dt[i+1]` over neighbours.
  public var lagTimeValue = 0.0
  /// Sum of `dt[i] * dt[i+1]` over neighbours, deviations from the mean time.
  public var lagTimeTime = 0.0
  /// The last pair's time, seconds since `origin`; the first pair's is 0.
  public var lastTime = 0.0
  /// The first pair's value.
  public var firstValue = 0.0
  /// The last pair's value.
  public var lastValue = 0.0

  /// The moments of no pairs.
  public init() {}

  /// The last pair's instant, in nanoseconds, as exact as `lastTime`.
  public var end: Int64 { instant(atSeconds: lastTime) }
  /// The instant of the mean time, in nanoseconds.
  public var middle: Int64 { instant(atSeconds: meanTime) }

  /// Held at the ends: a span may be longer than an `Int64` of nanoseconds, and rounding may pass them.
  private func instant(atSeconds seconds: Double) -> Int64 {
    Int64(clamping: Int128(origin) + Int128(seconds * 1e9))
  }

  /// Adds the moments of the pairs that follow these in time.
  ///
  /// - Complexity: O(1).
  public mutating func merge(_ next: Moments) {
    if next.count == 0 { return }
    if count == 0 {
      self = next
      return
    }
    let (countA, countB) = (Double(count), Double(next.count))
    let total = countA + countB
    let shift = Moments.nanoseconds(from: origin, to: next.origin) / 1e9
    let nextMeanTime = next.meanTime + shift
    let (deltaTime, deltaValue) = (nextMeanTime - meanTime, next.meanValue - meanValue)
    let weight = countA * countB / total
    let mergedTime = meanTime + deltaTime * (countB / total)
    let mergedValue = meanValue + deltaValue * (countB / total)

    var left = self
    left.recentreLags(time: mergedTime, value: mergedValue)
    var right = next
    right.recentreLags(time: mergedTime - shift, value: mergedValue)
    let seamLeft = (time: lastTime - mergedTime, value: lastValue - mergedValue)
    let seamRight = (time: shift - mergedTime, value: next.firstValue - mergedValue)
    lagValueValue = left.lagValueValue + right.lagValueValue + seamLeft.value * seamRight.value
    lagTimeValue =
      left.lagTimeValue + right.lagTimeValue
      + (seamLeft.time * seamRight.value + seamLeft.value * seamRight.time)
    lagTimeTime = left.lagTimeTime + right.lagTimeTime + seamLeft.time * seamRight.time

    sumSquaresTime += next.sumSquaresTime + deltaTime * deltaTime * weight
    sumProducts += next.sumProducts + deltaTime * deltaValue * weight
    sumSquaresValue += next.sumSquaresValue + deltaValue * deltaValue * weight
    meanTime = mergedTime
    meanValue = mergedValue
    count += next.count
    lastTime = next.lastTime + shift
    lastValue = next.lastValue
  }

  /// Nanoseconds between two instants.
  ///
  /// Subtracted as integers, so that the distance is exact however far the epoch is; instants more than
  /// 292 years apart are subtracted as doubles.
  static func nanoseconds(from start: Int64, to end: Int64) -> Double {
    let (distance, overflow) = end.subtractingReportingOverflow(start)
    return overflow ? Double(end) - Double(start) : Double(distance)
  }

  /// Restates the lag-1 sums about another centre.
  ///
  /// With d = old centre - new centre, a sum over neighbours changes by d times the deviations of
  /// all but the last and all but the first pair. Those sums are minus the last's and the first's
  /// deviation, because all deviations together are zero.
  private mutating func recentreLags(time: Double, value: Double) {
    let (dTime, dValue) = (meanTime - time, meanValue - value)
    let pairs = Double(count - 1)
    let endsTime = -(lastTime - meanTime) - (0 - meanTime)
    let endsValue = -(lastValue - meanValue) - (firstValue - meanValue)
    lagValueValue += dValue * endsValue + pairs * dValue * dValue
    lagTimeTime += dTime * endsTime + pairs * dTime * dTime
    lagTimeValue += dTime * endsValue + dValue * endsTime + 2 * pairs * dTime * dValue
  }
}
