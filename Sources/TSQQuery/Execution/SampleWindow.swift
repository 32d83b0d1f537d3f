internal import TSQCore

/// The parameters of a window function at one step.
struct WindowParameters: Hashable {
  /// The quantile, the seconds ahead, or the smoothing factor.
  var first = 0.0
  /// The trend factor.
  var second = 0.0
}

/// The answer of a window function from the window's samples.
///
/// - Parameters:
///   - function: which.
///   - times: nanoseconds, ascending.
///   - values: one per time; stale markers are already taken out.
///   - window: its bounds.
///   - parameters: the function's scalar arguments at this step.
/// - Returns: `Missing.value` where the window has too few samples.
/// - Complexity: O(n); O(n log n) for quantiles.
func answer(
  _ function: WindowFunction, times: Span<Int64>, values: Span<Double>, window: Window,
  parameters: WindowParameters
) -> Double {
  let count = values.count
  guard count > 0 else { return Missing.value }
  switch function {
  case .count: return Double(count)
  case .present: return 1
  case .first: return values[0]
  case .last: return values[count - 1]
  case .sum: return compensatedSum(values)
  case .avg: return compensatedMean(values)
  case .min: return smallest(values)
  case .max: return largest(values)
  case .stdvar: return populationVariance(values)
  case .stddev: return populationVariance(values).squareRoot()
  case .changes: return Double(changes(values))
  case .resets: return Double(resets(values))
  case .rate, .increase, .delta:
    return extrapolated(function, CounterWindow(times: times, values: values), window)
  case .irate, .idelta: return lastStep(function, times: times, values: values)
  case .quantile: return quantile(parameters.first, of: sortedCopy(values))
  case .mad: return medianAbsoluteDeviation(values)
  case .doubleExponentialSmoothing: return smoothed(values, parameters)
  case .deriv, .predictLinear:
    let summary = SeriesSummary(times: times, values: values)
    return answer(function, from: summary, window: window, parameter: parameters.first)
  }
}

// MARK: - Sums

/// One step of Neumaier's summation: the sum and what rounding lost of it.
///
/// Source: Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", 1974.
@inline(__always)
func accumulate(_ value: Double, _ sum: inout Double, _ lost: inout Double) {
  let total = sum + value
  if total.isInfinite {
    lost = 0
  } else if sum.magnitude >= value.magnitude {
    lost += (sum - total) + value
  } else {
    lost += (value - total) + sum
  }
  sum = total
}

private func compensatedSum(_ values: Span<Double>) -> Double {
  var (sum, lost) = (0.0, 0.0)
  for index in values.indices { accumulate(values[index], &sum, &lost) }
  return sum.isInfinite ? sum : sum + lost
}

private func compensatedMean(_ values: Span<Double>) -> Double {
  let sum = compensatedSum(values)
  let count = Double(values.count)
  guard sum.isInfinite else { return sum / count }
  // Finite values whose sum is not still have a finite mean: scale before adding.
  var scaled = 0.0
  for index in values.indices {
    guard values[index].isFinite else { return sum / count }
    scaled += values[index] / count
  }
  return scaled
}

private func populationVariance(_ values: Span<Double>) -> Double {
  let mean = compensatedMean(values)
  guard mean.isFinite else { return .nan }
  var (sum, lost) = (0.0, 0.0)
  for index in values.indices {
    let deviation = values[index] - mean
    accumulate(deviation * deviation, &sum, &lost)
  }
  return (sum + lost) / Double(values.count)
}

// MARK: - Order

/// The smallest value; NaN only where every value is.
private func smallest(_ values: Span<Double>) -> Double {
  var result = values[0]
  for index in values.indices where values[index] < result || result.isNaN {
    result = values[index]
  }
  return result
}

/// The largest value; NaN only where every value is.
private func largest(_ values: Span<Double>) -> Double {
  var result = values[0]
  for index in values.indices where values[index] > result || result.isNaN {
    result = values[index]
  }
  return result
}

private func sortedCopy(_ values: Span<Double>) -> [Double] {
  var copy: [Double] = []
  copy.reserveCapacity(values.count)
  for index in values.indices { copy.append(values[index]) }
  copy.sort(by: precedesNaNFirst)
  return copy
}

/// The order of Prometheus' quantiles: NaN is smaller than everything.
func precedesNaNFirst(_ left: Double, _ right: Double) -> Bool {
  if left.isNaN { return !right.isNaN }
  return left < right
}

/// The quantile of sorted values, weighted between neighbours as Prometheus does.
///
/// - Returns: NaN for no values or a NaN quantile, -infinity below 0, +infinity above 1.
func quantile(_ fraction: Double, of sorted: [Double]) -> Double {
  if sorted.isEmpty || fraction.isNaN { return .nan }
  if fraction < 0 { return -.infinity }
  if fraction > 1 { return .infinity }
  let rank = fraction * Double(sorted.count - 1)
  let lower = rank.rounded(.down)
  let upper = min(Double(sorted.count - 1), lower + 1)
  let weight = rank - lower
  return sorted[Int(lower)] * (1 - weight) + sorted[Int(upper)] * weight
}

private func medianAbsoluteDeviation(_ values: Span<Double>) -> Double {
  let sorted = sortedCopy(values)
  let median = quantile(0.5, of: sorted)
  let deviations = sorted.map { ($0 - median).magnitude }.sorted(by: precedesNaNFirst)
  return quantile(0.5, of: deviations)
}

// MARK: - Neighbours

private func changes(_ values: Span<Double>) -> Int {
  var count = 0
  for index in 1..<max(values.count, 1) {
    let (before, after) = (values[index - 1], values[index])
    if before != after, !(before.isNaN && after.isNaN) { count += 1 }
  }
  return count
}

private func resets(_ values: Span<Double>) -> Int {
  var count = 0
  for index in 1..<max(values.count, 1) where values[index] < values[index - 1] { count += 1 }
  return count
}

/// `irate` and `idelta`: from the last two samples alone.
private func lastStep(
  _ function: WindowFunction, times: Span<Int64>, values: Span<Double>
) -> Double {
  let last = values.count - 1
  guard last > 0 else { return Missing.value }
  let interval = seconds(from: times[last - 1], to: times[last])
  guard interval > 0 else { return Missing.value }
  if function == .idelta { return values[last] - values[last - 1] }
  // After a reset the counter began again from zero.
  let increase =
    values[last] < values[last - 1] ? values[last] : values[last] - values[last - 1]
  return increase / interval
}

/// Holt's double exponential smoothing: level and trend.
private func smoothed(_ values: Span<Double>, _ parameters: WindowParameters) -> Double {
  guard values.count > 1 else { return Missing.value }
  let (smoothing, trendFactor) = (parameters.first, parameters.second)
  var (before, level) = (0.0, values[0])
  var trend = values[1] - values[0]
  for index in 1..<values.count {
    if index > 1 { trend = trendFactor * (level - before) + (1 - trendFactor) * trend }
    let next = smoothing * values[index] + (1 - smoothing) * (level + trend)
    (before, level) = (level, next)
  }
  return level
}
