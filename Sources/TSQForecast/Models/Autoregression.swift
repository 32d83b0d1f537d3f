/// Ridge autoregression on short and seasonal lags, fitted anew as the history grows.
///
/// The normal equations are summed in one pass and solved at origins, so that a backtest path rests
/// on nothing after its origin. Paths are recursive: a forecast feeds
/// the next one. Source: Hoerl & Kennard, "Ridge Regression", Technometrics 12, 1970.
struct Autoregression {
  /// The lags in steps, ascending.
  let lags: [Int]
  /// Penalties as a share of the lags' mean variance; one forecaster each.
  let penalties: [Double]
  /// The fewest values a fit may rest on; earlier origins use the fit made there.
  let fewestValues: Int
  /// The history must grow by this share before an origin is worth another fit.
  static let refitShare = 0.0

  private var size: Int { lags.count + 1 }
  private var longest: Int { lags.last ?? 1 }

  /// Runs over the series once and writes the paths of each penalty.
  func run(_ series: [Double], names: [String], into table: inout PathTable) {
    let bases = names.map { table.add($0) }
    let origins = table.plan.origins
    var sums = [Double](repeating: 0, count: size * size)
    var right = [Double](repeating: 0, count: size)
    var row = [Double](repeating: 1, count: size)
    var coefficients = penalties.map { _ in [Double](repeating: 0, count: size) }
    var waiting: [Int] = []
    var (next, fitted) = (0, 0)
    var (low, high) = (Double.infinity, -Double.infinity)
    var buffer = [Double](repeating: 0, count: longest + table.plan.forecastSteps)
    for index in series.indices {
      low = min(low, series[index])
      high = max(high, series[index])
      if index >= longest {
        accumulate(series, index, &row, &sums, &right)
      }
      guard next < origins.count, origins[next] == index else {
        if index + 1 == fewestValues { flush() }
        continue
      }
      waiting.append(next)
      next += 1
      if index + 1 >= fewestValues { flush() }
    }

    func flush() {
      guard !waiting.isEmpty else { return }
      let known = max(origins[waiting[waiting.count - 1]] + 1, fewestValues)
      let newest = waiting.last == origins.count - 1
      let refit = newest || Double(known) > Double(fitted) * (1 + Autoregression.refitShare)
      if refit { fitted = known }
      for choice in penalties.indices {
        if refit { solve(sums, right, penalty: penalties[choice], into: &coefficients[choice]) }
        for row in waiting {
          writePath(
            series, row, coefficients[choice], (low, high), bases[choice], &buffer, &table)
        }
      }
      waiting.removeAll(keepingCapacity: true)
    }
  }

  private func accumulate(
    _ series: [Double], _ index: Int, _ row: inout [Double], _ sums: inout [Double],
    _ right: inout [Double]
  ) {
    for lag in lags.indices { row[lag] = series[index - lags[lag]] }
    let value = series[index]
    for i in 0..<size {
      let x = row[i]
      right[i] += x * value
      for j in 0...i { sums[i * size + j] += x * row[j] }
    }
  }

  /// Solves the penalised normal equations by Cholesky's method.
  private func solve(
    _ sums: [Double], _ right: [Double], penalty: Double, into solution: inout [Double]
  ) {
    let size = size
    var trace = 0.0
    for i in 0..<(size - 1) { trace += sums[i * size + i] }
    let ridge = penalty * trace / Double(max(size - 1, 1)) + 1e-9
    var factor = sums
    for i in 0..<size {
      factor[i * size + i] += i < size - 1 ? ridge : 1e-9
      for j in 0...i {
        var sum = factor[i * size + j]
        for k in 0..<j { sum -= factor[i * size + k] * factor[j * size + k] }
        if i == j {
          factor[i * size + i] = max(sum, 1e-12).squareRoot()
        } else {
          factor[i * size + j] = sum / factor[j * size + j]
        }
      }
    }
    for i in 0..<size {
      var sum = right[i]
      for k in 0..<i { sum -= factor[i * size + k] * solution[k] }
      solution[i] = sum / factor[i * size + i]
    }
    for i in stride(from: size - 1, through: 0, by: -1) {
      var sum = solution[i]
      for k in (i + 1)..<size { sum -= factor[k * size + i] * solution[k] }
      solution[i] = sum / factor[i * size + i]
    }
  }

  private func writePath(
    _ series: [Double], _ row: Int, _ coefficients: [Double], _ seen: (low: Double, high: Double),
    _ base: Int, _ buffer: inout [Double], _ table: inout PathTable
  ) {
    let origin = table.plan.origins[row]
    let start = base + table.plan.rowStarts[row]
    let longest = longest
    for back in 0..<longest { buffer[back] = series[max(origin - longest + 1 + back, 0)] }
    let range = seen.high - seen.low
    let (floor, ceiling) = (seen.low - range, seen.high + range)
    let constant = coefficients[size - 1]
    for step in 0..<table.plan.rowSteps[row] {
      var value = constant
      for lag in lags.indices { value += coefficients[lag] * buffer[longest + step - lags[lag]] }
      // An explosive fit is held at one history's range beyond what was seen.
      value = min(max(value, floor), ceiling)
      buffer[longest + step] = value
      table.values[start + step] = value
    }
  }
}
