/// What a run of samples of one series adds up to, mergeable with the next run's.
///
/// Everything a downsampled aggregate, a trend or a counter rate needs, so that a query may read
/// one of these in place of the samples. Stale markers are counted and take part in nothing else.
/// Times in the moments are seconds since `timeOrigin`, which is near the data: with epoch seconds
/// the squares are near 3e18 and every digit of a slope is lost to cancellation.
public struct SeriesSummary: Hashable, Sendable {
  /// Samples with a finite value; the moments are over these.
  public var finiteCount = 0
  /// NaN samples that are not stale markers.
  public var nanCount = 0
  /// Samples of +infinity.
  public var positiveInfinityCount = 0
  /// Samples of -infinity.
  public var negativeInfinityCount = 0
  /// Stale markers: "the series ended here".
  public var staleCount = 0

  /// Time of the first sample that is not a stale marker, nanoseconds.
  public var firstTime: Int64 = 0
  /// Value of that sample.
  public var firstValue = 0.0
  /// Time of the last sample that is not a stale marker, nanoseconds.
  public var lastTime: Int64 = 0
  /// Value of that sample.
  public var lastValue = 0.0

  /// Smallest value that is not NaN, infinities included; +infinity while there is none.
  public var minimum = Double.infinity
  /// Time of its first occurrence, nanoseconds.
  public var minimumTime: Int64 = 0
  /// Largest value that is not NaN, infinities included; -infinity while there is none.
  public var maximum = -Double.infinity
  /// Time of its first occurrence, nanoseconds.
  public var maximumTime: Int64 = 0

  /// Sum of the finite values, rounded to a double.
  public var finiteSum = 0.0
  /// What `finiteSum` lost to rounding: the two together carry the sum to about 106 bits.
  public var finiteSumLow = 0.0

  /// The centred moments of the finite samples.
  public var moments = Moments()

  /// Sum of the values just before each counter reset inside the run.
  ///
  /// `lastValue - firstValue + resetSum` is the run's counter increase, as Prometheus computes it.
  public var resetSum = 0.0
  /// Counter resets inside the run: how often a value is below the one before it.
  public var resetCount = 0
  /// How often a value differs from the one before it (two NaNs count as equal).
  public var changeCount = 0

  /// The summary of no samples.
  public init() {}

  /// All samples, stale markers included.
  public var totalCount: Int { liveCount + staleCount }

  /// All samples but the stale markers: what `count_over_time` counts.
  public var liveCount: Int {
    finiteCount + nanCount + positiveInfinityCount + negativeInfinityCount
  }

  /// The sum of all values, by the rules of floating point: NaN where a NaN or both infinities are.
  public var sum: Double {
    if nanCount > 0 || (positiveInfinityCount > 0 && negativeInfinityCount > 0) { return .nan }
    if positiveInfinityCount > 0 { return .infinity }
    if negativeInfinityCount > 0 { return -.infinity }
    return finiteSum + finiteSumLow
  }

  /// The mean of all values; NaN where there is none.
  public var mean: Double { liveCount == 0 ? .nan : sum / Double(liveCount) }

  /// The smallest value that is not NaN; NaN where every value is, or there is none.
  public var minimumOrNaN: Double { liveCount == nanCount ? .nan : minimum }

  /// The largest value that is not NaN; NaN where every value is, or there is none.
  public var maximumOrNaN: Double { liveCount == nanCount ? .nan : maximum }

  /// Population variance of all values, as `stdvar_over_time` has it; NaN unless all are finite.
  public var variance: Double {
    guard finiteCount > 0, finiteCount == liveCount else { return .nan }
    return moments.sumSquaresValue / Double(finiteCount)
  }

  /// The counter increase between the first and the last sample of the run, resets repaired.
  public var counterIncrease: Double { lastValue - firstValue + resetSum }
}

extension SeriesSummary {
  /// Adds the summary of the samples that follow these in time.
  ///
  /// - Parameter next: covers only later samples; the order matters for first, last, resets and the
  ///   lag-1 terms.
  /// - Complexity: O(1).
  public mutating func merge(_ next: SeriesSummary) {
    if next.liveCount == 0 {
      staleCount += next.staleCount
      return
    }
    if liveCount == 0 {
      let stale = staleCount
      self = next
      staleCount += stale
      return
    }
    if next.firstValue < lastValue {
      resetSum += lastValue
      resetCount += 1
    }
    if next.firstValue != lastValue, !(next.firstValue.isNaN && lastValue.isNaN) {
      changeCount += 1
    }
    resetSum += next.resetSum
    resetCount += next.resetCount
    changeCount += next.changeCount
    // A run of NaN alone has no extremes, and then even an infinity of the next one counts.
    let takesAll = liveCount == nanCount && next.liveCount > next.nanCount
    if takesAll || next.minimum < minimum {
      (minimum, minimumTime) = (next.minimum, next.minimumTime)
    }
    if takesAll || next.maximum > maximum {
      (maximum, maximumTime) = (next.maximum, next.maximumTime)
    }
    lastTime = next.lastTime
    lastValue = next.lastValue
    (finiteSum, finiteSumLow) = Self.add(finiteSum, finiteSumLow, next.finiteSum, next.finiteSumLow)
    moments.merge(next.moments)
    finiteCount += next.finiteCount
    nanCount += next.nanCount
    positiveInfinityCount += next.positiveInfinityCount
    negativeInfinityCount += next.negativeInfinityCount
    staleCount += next.staleCount
  }

  /// Double-double addition.
  ///
  /// Source: Dekker, "A floating-point technique for extending the available
  /// precision", Numerische Mathematik 18, 1971; the exact two-sum is Knuth's.
  static func add(_ a: Double, _ aLow: Double, _ b: Double, _ bLow: Double) -> (Double, Double) {
    let high = a + b
    let bRound = high - a
    let error = (a - (high - bRound)) + (b - bRound)
    let low = aLow + bLow + error
    let sum = high + low
    // Past the largest double the error terms are NaN; the rounded sum is all there is to keep.
    guard sum.isFinite else { return (high, 0) }
    return (sum, low - (sum - high))
  }
}
