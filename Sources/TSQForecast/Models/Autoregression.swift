/// Ridge autoregression on short and seasonal lags, fitted anew as the history grows.
///
/// The normal equations are summed in one pass and solved at origins, so that a backtest path rests
/// on nothing after its origin. Paths are recursive: a forecast feeds the next one. Source: Hoerl & Kennard, "Ridge Regression", Technometrics 12, 1970.
struct Autoregression {
  /// The lags in steps, ascending.
  let lags: [Int]
  /// Penalties as a share of the lags' mean variance; one forecaster each, one or two in all.
  let penalties: [Double]
  /// The fewest values a fit may rest on; earlier origins use the fit made there.
  let fewestValues: Int

  private var size: Int { lags.count + 1 }
  /// Vectors of four that hold a row.
  private var blocks: Int { (size + 3) / 4 }
  private var longest: Int { lags.last ?? 1 }

  /// Runs over the series once and writes the paths of each penalty.
  func run(_ series: [Double], names: [String], into table: inout PathTable) {
    let bases = names.map { table.add($0) }
    let origins = table.plan.origins
    var products = [SIMD4<Double>](repeating: .zero, count: (size + 1) * blocks)
    var sums = [Double](repeating: 0, count: size * size)
    var right = [Double](repeating: 0, count: size)
    var row = [SIMD4<Double>](repeating: .zero, count: blocks)
    precondition((1...2).contains(penalties.count), "one lane per penalty")
    var pairs = [SIMD2<Double>](repeating: .zero, count: size)
    var waiting: [Int] = []
    var next = 0
    var (low, high) = (Double.infinity, -Double.infinity)
    var buffer = [SIMD2<Double>](repeating: .zero, count: longest + table.plan.forecastSteps)
    for index in series.indices {
      low = min(low, series[index])
      high = max(high, series[index])
      if index >= longest {
        accumulate(series, index, &row, &products)
      }
      guard next < origins.count, origins[next] == index else {
        if index + 1 == fewestValues { flush() }
        continue
      }
      waiting.append(next)
      next += 1
      if index + 1 >= fewestValues { flush() }
    }
    table.settle()

    func flush() {
      guard !waiting.isEmpty else { return }
      unpack(products, into: &sums, &right)
      solve(sums, right, into: &pairs)
      for row in waiting {
        writePaths(series, row, pairs, (low, high), bases, &buffer, &table)
      }
      waiting.removeAll(keepingCapacity: true)
    }
  }

  /// Adds one value's products: the lower triangle of the lags', and the value's own as last row.
  private func accumulate(
    _ series: [Double], _ index: Int, _ row: inout [SIMD4<Double>],
    _ products: inout [SIMD4<Double>]
  ) {
    for lag in lags.indices { row[lag / 4][lag % 4] = series[index - lags[lag]] }
    row[lags.count / 4][lags.count % 4] = 1
    let regressors = row.span
    var all = products.mutableSpan
    var start = 0
    for i in 0...size {
      let x = i < size ? regressors[i / 4][i % 4] : series[index]
      // Four products at once, a little beyond the diagonal.
      for block in 0...min(i / 4, blocks - 1) { all[start + block] += x * regressors[block] }
      start += blocks
    }
  }

  /// The sums of products as the solver reads them.
  private func unpack(
    _ products: [SIMD4<Double>], into sums: inout [Double], _ right: inout [Double]
  ) {
    for i in 0..<size {
      for j in 0...i { sums[i * size + j] = products[i * blocks + j / 4][j % 4] }
      right[i] = products[size * blocks + i / 4][i % 4]
    }
  }

  /// Solves the penalised normal equations of both penalties side by side, by Cholesky's method.
  private func solve(
    _ sums: [Double], _ right: [Double], into solution: inout [SIMD2<Double>]
  ) {
    let size = size
    var trace = 0.0
    for i in 0..<(size - 1) { trace += sums[i * size + i] }
    let shares = SIMD2(penalties[0], penalties[penalties.count - 1])
    let ridge = shares * trace / Double(max(size - 1, 1)) + 1e-9
    let least = SIMD2(repeating: 1e-12)
    var factorStore = sums.map { SIMD2(repeating: $0) }
    var factor = factorStore.mutableSpan
    var found = solution.mutableSpan
    for i in 0..<size {
      factor[i * size + i] += i < size - 1 ? ridge : SIMD2(repeating: 1e-9)
      for j in 0...i {
        var sum = factor[i * size + j]
        for k in 0..<j { sum -= factor[i * size + k] * factor[j * size + k] }
        if i == j {
          factor[i * size + i] = sum.replacing(with: least, where: sum .< least).squareRoot()
        } else {
          factor[i * size + j] = sum / factor[j * size + j]
        }
      }
    }
    for i in 0..<size {
      var sum = SIMD2(repeating: right[i])
      for k in 0..<i { sum -= factor[i * size + k] * found[k] }
      found[i] = sum / factor[i * size + i]
    }
    for i in stride(from: size - 1, through: 0, by: -1) {
      var sum = found[i]
      for k in (i + 1)..<size { sum -= factor[k * size + i] * found[k] }
      found[i] = sum / factor[i * size + i]
    }
  }

  /// Writes the paths of both penalties, one in each lane: each step waits for the one before, so
  /// that two cost no more than one.
  private func writePaths(
    _ series: [Double], _ row: Int, _ coefficients: [SIMD2<Double>],
    _ seen: (low: Double, high: Double), _ bases: [Int], _ store: inout [SIMD2<Double>],
    _ table: inout PathTable
  ) {
    let origin = table.plan.origins[row]
    let start = table.plan.rowStarts[row]
    let longest = longest
    for back in 0..<longest {
      store[back] = SIMD2(repeating: series[max(origin - longest + 1 + back, 0)])
    }
    let range = seen.high - seen.low
    let floor = SIMD2(repeating: seen.low - range)
    let ceiling = SIMD2(repeating: seen.high + range)
    let (lags, weights) = (lags.span, coefficients.span)
    let steps = table.plan.rowSteps[row]
    var buffer = store.mutableSpan
    for step in 0..<steps {
      // The newest lags last, in a sum of their own: only they wait for the step before.
      var (far, near) = (weights[lags.count], SIMD2<Double>.zero)
      var lag = lags.count - 1
      while lag > 0 {
        far += weights[lag] * buffer[longest + step - lags[lag]]
        near += weights[lag - 1] * buffer[longest + step - lags[lag - 1]]
        lag -= 2
      }
      if lag == 0 { far += weights[0] * buffer[longest + step - lags[0]] }
      var value = far + near
      // An explosive fit is held at one history's range beyond what was seen.
      value.replace(with: floor, where: value .< floor)
      value.replace(with: ceiling, where: value .> ceiling)
      buffer[longest + step] = value
    }
    for (lane, base) in bases.enumerated() {
      for step in 0..<steps { table.values[base + start + step] = store[longest + step][lane] }
    }
  }
}
