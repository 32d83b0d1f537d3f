internal import TSQCore

/// One window's bounds; nanoseconds.
struct Window {
  /// The instant just before the window's first.
  var start: Int64
  /// The last instant inside.
  var end: Int64
  /// The time of the step, which an offset tells from `end`.
  var evaluation: Int64
}

/// The answer of a window function from the summary of the window's samples.
///
/// - Parameters:
///   - function: one that `needsOnlySummary`.
///   - summary: of all samples inside the window.
///   - window: its bounds; `rate` and its kin extrapolate to them.
///   - parameter: seconds ahead for `predict_linear`.
/// - Returns: `Missing.value` where the window has too few samples.
func answer(
  _ function: WindowFunction, from summary: SeriesSummary, window: Window, parameter: Double
) -> Double {
  guard summary.liveCount > 0 else { return Missing.value }
  switch function {
  case .count: return Double(summary.liveCount)
  case .present: return 1
  case .sum: return summary.sum
  case .avg: return mean(of: summary)
  case .min: return summary.minimumOrNaN
  case .max: return summary.maximumOrNaN
  case .stdvar: return summary.variance
  case .stddev: return summary.variance.squareRoot()
  case .first: return summary.firstValue
  case .last: return summary.lastValue
  case .changes: return Double(summary.changeCount)
  case .resets: return Double(summary.resetCount)
  case .rate, .increase, .delta:
    return extrapolated(function, CounterWindow(summary), window)
  case .deriv, .predictLinear:
    guard let line = Line(summary) else { return Missing.value }
    if function == .deriv { return line.slope }
    return line.value(at: window.evaluation) + line.slope * parameter
  case .doubleExponentialSmoothing, .idelta, .irate, .mad, .quantile:
    preconditionFailure("this function needs the samples")
  }
}

/// The mean; finite where the values are, though their sum may not be.
private func mean(of summary: SeriesSummary) -> Double {
  if summary.finiteCount == summary.liveCount, !summary.sum.isFinite {
    return summary.moments.meanValue
  }
  return summary.mean
}

// MARK: - Counters

/// What `rate`, `increase` and `delta` need of a window.
struct CounterWindow {
  var count: Int
  var firstTime: Int64
  var lastTime: Int64
  var firstValue: Double
  var lastValue: Double
  /// Sum of the values just before each reset.
  var resetSum: Double

  init(_ summary: SeriesSummary) {
    count = summary.liveCount
    firstTime = summary.firstTime
    lastTime = summary.lastTime
    firstValue = summary.firstValue
    lastValue = summary.lastValue
    resetSum = summary.resetSum
  }

  /// The counter view of a window's samples.
  ///
  /// - Precondition: at least one sample.
  init(times: Span<Int64>, values: Span<Double>) {
    count = times.count
    firstTime = times[0]
    lastTime = times[count - 1]
    firstValue = values[0]
    lastValue = values[count - 1]
    resetSum = 0
    for index in 1..<max(count, 1) where values[index] < values[index - 1] {
      resetSum += values[index - 1]
    }
  }
}

/// The increase, extrapolated to the window's edges as Prometheus 3 does.
///
/// An edge is reached where the gap to it is below 1.1 average sample distances; else the series is
/// taken to begin or end half a distance out. A counter is never extrapolated below zero.
///
/// Source: Prometheus, promql/functions.go, `extrapolatedRate`.
func extrapolated(
  _ function: WindowFunction, _ counter: CounterWindow, _ window: Window
) -> Double {
  guard counter.count > 1 else { return Missing.value }
  let isCounter = function != .delta
  var result = counter.lastValue - counter.firstValue
  if isCounter { result += counter.resetSum }
  var toStart = seconds(from: window.start, to: counter.firstTime)
  var toEnd = seconds(from: counter.lastTime, to: window.end)
  let sampled = seconds(from: counter.firstTime, to: counter.lastTime)
  let average = sampled / Double(counter.count - 1)
  let threshold = average * 1.1
  if toStart >= threshold { toStart = average / 2 }
  if isCounter, result > 0, counter.firstValue >= 0 {
    toStart = min(toStart, sampled * (counter.firstValue / result))
  }
  if toEnd >= threshold { toEnd = average / 2 }
  var factor = (sampled + toStart + toEnd) / sampled
  if function == .rate { factor /= seconds(from: window.start, to: window.end) }
  return result * factor
}

/// Seconds between two instants, from their difference as integers: exact however far the epoch is.
func seconds(from start: Int64, to end: Int64) -> Double {
  Double(saturatingDifference(end, start)) / 1e9
}

// MARK: - Lines

/// A least-squares line over a window.
struct Line {
  let slope: Double
  private let meanValue: Double
  private let origin: Int64
  private let meanTime: Double

  /// `nil` where fewer than two samples are there; NaN where a value is not finite.
  init?(_ summary: SeriesSummary) {
    guard summary.liveCount > 1 else { return nil }
    guard summary.finiteCount == summary.liveCount else {
      self.init(slope: .nan, meanValue: .nan, origin: 0, meanTime: 0)
      return
    }
    let moments = summary.moments
    // A constant has no slope at all, where the sums would leave one of rounding.
    let isFlat = summary.minimum == summary.maximum
    self.init(
      slope: isFlat ? 0 : moments.sumProducts / moments.sumSquaresTime,
      meanValue: isFlat ? summary.minimum : moments.meanValue,
      origin: moments.origin, meanTime: moments.meanTime)
  }

  private init(slope: Double, meanValue: Double, origin: Int64, meanTime: Double) {
    self.slope = slope
    self.meanValue = meanValue
    self.origin = origin
    self.meanTime = meanTime
  }

  /// The line's value at an instant.
  func value(at instant: Int64) -> Double {
    meanValue + slope * (seconds(from: origin, to: instant) - meanTime)
  }
}
