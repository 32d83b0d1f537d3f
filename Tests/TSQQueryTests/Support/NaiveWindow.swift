import Foundation
import TSQQuery

/// One window's samples and what the functions say of them, computed the textbook way.
struct NaiveWindow {
  let samples: NaiveEvaluator.Samples
  let start: Int64
  let end: Int64
  let evaluation: Int64

  private var values: [Double] { samples.map(\.value) }
  private var count: Double { Double(samples.count) }
  private var mean: Double { values.reduce(0, +) / count }

  func answer(_ call: Call) throws -> Double? {
    switch call.function.name {
    case "sum_over_time": return values.reduce(0, +)
    case "avg_over_time": return mean
    case "min_over_time": return values.min()
    case "max_over_time": return values.max()
    case "count_over_time": return count
    case "last_over_time": return values.last
    case "present_over_time": return 1
    case "stdvar_over_time": return variance
    case "stddev_over_time": return variance.squareRoot()
    case "changes": return Double(zip(values, values.dropFirst()).filter { $0 != $1 }.count)
    case "resets": return Double(zip(values, values.dropFirst()).filter { $0 > $1 }.count)
    case "rate": return increase(isCounter: true).map { $0 / (Double(end - start) / 1e9) }
    case "increase": return increase(isCounter: true)
    case "delta": return increase(isCounter: false)
    case "deriv": return line?.slope
    case "predict_linear":
      guard let line, case .number(let ahead)? = call.arguments.last?.node else { return nil }
      return line.value + line.slope * ahead
    case "quantile_over_time":
      guard case .number(let fraction)? = call.arguments.first?.node else { return nil }
      let sorted = values.sorted()
      let rank = fraction * (count - 1)
      let (low, high) = (Int(rank.rounded(.down)), Int(rank.rounded(.up)))
      return sorted[low] + (sorted[high] - sorted[low]) * (rank - Double(low))
    case "idelta":
      guard samples.count > 1 else { return nil }
      return values[samples.count - 1] - values[samples.count - 2]
    default: throw NaiveEvaluator.Failure()
    }
  }

  private var variance: Double {
    let mean = mean
    return values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / count
  }

  /// Least squares with times from the evaluation instant, in seconds.
  private var line: (slope: Double, value: Double)? {
    guard samples.count > 1 else { return nil }
    let times = samples.map { Double($0.time - evaluation) / 1e9 }
    let meanTime = times.reduce(0, +) / count
    let mean = mean
    let products = zip(times, values).map { ($0 - meanTime) * ($1 - mean) }.reduce(0, +)
    let squares = times.map { ($0 - meanTime) * ($0 - meanTime) }.reduce(0, +)
    return (products / squares, mean - products / squares * meanTime)
  }

  private func increase(isCounter: Bool) -> Double? {
    guard samples.count > 1, let first = samples.first, let last = samples.last else { return nil }
    var result = last.value - first.value
    if isCounter {
      for (before, after) in zip(values, values.dropFirst()) where after < before {
        result += before
      }
    }
    let sampled = Double(last.time - first.time) / 1e9
    let average = sampled / (count - 1)
    var before = Double(first.time - start) / 1e9
    var after = Double(end - last.time) / 1e9
    if before >= average * 1.1 { before = average / 2 }
    if after >= average * 1.1 { after = average / 2 }
    if isCounter, result > 0, first.value >= 0 {
      before = Swift.min(before, sampled * first.value / result)
    }
    return result * (sampled + before + after) / sampled
  }
}
