internal import RealModule
internal import TSQCore

/// How uncertain a least-squares slope is, from the residuals of short consecutive cells.
///
/// The residuals are split by how slow they are, since a slope is pulled by slow ones most:
///
/// - *Calendar cycles* of day and week that stand out of the residuals are fitted beside the line.
///   How they pull the line is then known, and moves the interval instead of widening it.
/// - *Slow noise*: the power of the residuals along the slowest cosines that are independent of the
///   line gives the long-run variance, with a t distribution of as many degrees of freedom (Sun,
///   "Robust Trend Inference with Series Variance Estimator and Testing-Optimal Smoothing
///   Parameter", Journal of Econometrics 164, 2011).
/// - *The rest*, cycles of any other length among it, pulls by its running sum. How far depends on
///   the phase at the ends, which is taken as unknown: a cycle counts with its largest pull.
/// - *Inside the cells* nothing is seen but how alike neighbours are. What is smoother than noise
///   with that memory could be is taken as the slowest cycle that fits in.
struct SlopeUncertainty {
  /// What is known about the slope's error, all per second.
  struct Answer {
    /// The slope with the calendar's cycles fitted beside it, less the plain slope.
    var shift = 0.0
    /// Standard error.
    var error: Double
    /// Degrees of freedom of the error.
    var degrees: Double
  }

  /// Slow cosines at most: with more, noise of lag-1 correlation 0.9 is no longer flat among them
  /// at 1,000 samples, and its slowest part would be underrated.
  static let mostCosines = 12
  /// With fewer cells there are too few cosines: the first autocorrelation must vouch too.
  static let fewestCells = 24
  /// A cycle's power over the mean power of all from which it is taken for one: e⁻⁸ by chance.
  static let standsOut = 8.0
  /// Cycles must be fast against the slow cosines, to be told from slow noise.
  static let fewestTurns = 7.0

  private let all: Moments
  private let cells: [Moments]
  private let slope: Double
  private let residual: Double
  /// The cells' mean times, 0...1 over the history.
  private var x: [Double] = []
  /// Roots of the cells' counts.
  private var root: [Double] = []
  /// The cells' sums of residuals.
  private var sums: [Double] = []
  /// What is unexplained yet of the sums over `root`.
  private var rest: [Double] = []
  /// Orthonormal columns that `rest` has nothing of any more.
  private var basis: [[Double]] = []

  /// The residuals of a fitted line.
  ///
  /// - Parameters:
  ///   - cells: ascending, none empty.
  ///   - all: their sum.
  ///   - slope: the least-squares slope per second.
  ///   - residual: the sum of squares about the line.
  init(cells: [Moments], all: Moments, slope: Double, residual: Double) {
    (self.cells, self.all, self.slope, self.residual) = (cells, all, slope, residual)
  }

  /// The slope's uncertainty.
  ///
  /// - Complexity: O(cells · (cosines + cycles)²).
  mutating func answer() -> Answer {
    let count = Double(all.count)
    guard residual > 0 else { return Answer(error: 0, degrees: max(count - 2, 1)) }
    guard all.count >= Trend.fewestForCells, cells.count >= 6 else {
      return lagAnswer(correlation(power: 0))
    }
    prepare()
    // The mean first, the cycles next, the line last: its slope is then the one beside the cycles.
    _ = remove(column { _ in 1 })
    let line = column { $0 - 0.5 }
    let cycles = removeCycles()
    let pure = orthogonal(line)
    let squares = TrendNumbers.dot(pure, pure)
    guard squares > 0 else { return lagAnswer(correlation(power: 0)) }
    let steps = cycles > 0 ? TrendNumbers.dot(pure, rest) / squares - plainShift : 0
    _ = remove(pure)
    let memory = correlation(power: cycles)
    let cosines = cosineCount(memory)
    let slow = removeCosines(cosines) / Double(cosines)
    // Flat noise has a slow share and a fast one. The running sum counts the fast one at the worst
    // phase, twice what it comes to: the slow one is reduced by half of that.
    let kept = 1 - 6 / (Double.pi * Double.pi * (Double(cosines) + 1.5))
    let span = duration
    let variance =
      (slow * kept + insideCells(slow, memory, power: cycles)) / squares
      + runningPull() / (squares * squares)
    let error = variance.squareRoot() / span
    var answer = Answer(shift: steps / span, error: error, degrees: Double(cosines))
    let lagged = lagAnswer(memory)
    if cells.count < Self.fewestCells || cosines <= Self.fewestCosines {
      if lagged.error > answer.error { answer.error = lagged.error }
    }
    return answer
  }

  // MARK: - Columns

  private static let fewestCosines = 4

  private var duration: Double {
    let last = cells[cells.count - 1]
    return Double(last.origin &- all.origin) / 1e9 + last.lastTime
  }

  private var plainShift: Double {
    // What the cells' means alone see of the slope: not quite zero where cells are long.
    var (products, squares) = (0.0, 0.0)
    let mean = all.meanTime / duration
    for (index, cell) in cells.enumerated() {
      let time = x[index] - mean
      products += time * sums[index]
      squares += Double(cell.count) * time * time
    }
    return squares > 0 ? products / squares : 0
  }

  private mutating func prepare() {
    let span = duration
    x = cells.map { (Double($0.origin &- all.origin) / 1e9 + $0.meanTime) / span }
    root = cells.map { Double($0.count).squareRoot() }
    sums = cells.map { cell in
      let time = Double(cell.origin &- all.origin) / 1e9 + cell.meanTime - all.meanTime
      return Double(cell.count) * (cell.meanValue - all.meanValue - slope * time)
    }
    rest = zip(sums, root).map { $0 / $1 }
  }

  private func column(_ value: (Double) -> Double) -> [Double] {
    zip(x, root).map { value($0) * $1 }
  }

  /// A column less what it has of the basis.
  private func orthogonal(_ column: [Double]) -> [Double] {
    var column = column
    for other in basis { TrendNumbers.subtract(other, TrendNumbers.dot(other, column), &column) }
    return column
  }

  /// Takes a column out of the rest, and gives what the rest had of it.
  private mutating func remove(_ column: [Double]) -> Double {
    let before = TrendNumbers.dot(column, column)
    var column = orthogonal(column)
    let squares = TrendNumbers.dot(column, column)
    // Gaps can make a column one of the others; then there is nothing to take.
    guard squares > 1e-9 * before, squares > 0 else { return 0 }
    let scale = 1 / squares.squareRoot()
    for index in column.indices { column[index] *= scale }
    let projected = TrendNumbers.dot(column, rest)
    TrendNumbers.subtract(column, projected, &rest)
    basis.append(column)
    return projected
  }

  // MARK: - The parts of the variance

  /// Takes out the slowest cosines, the line's own left out, and gives the power they had.
  ///
  /// Each from the two before it, by cos kt = 2 cos t cos (k - 1)t - cos (k - 2)t: a dozen cosines of
  /// each cell would take longer than all the rest of a trend.
  private mutating func removeCosines(_ count: Int) -> Double {
    let unit = x.map { Double.cos(Double.pi * $0) }
    var (before, now) = ([Double](repeating: 1, count: x.count), unit)
    var removed = 0.0
    for _ in 0..<count {
      for index in x.indices { before[index] = 2 * unit[index] * now[index] - before[index] }
      swap(&before, &now)
      let projected = remove(zip(now, root).map { $0 * $1 })
      removed += projected * projected
    }
    return removed
  }

  /// Fits the cycles of day and week that stand out, and gives the power they had.
  private mutating func removeCycles() -> Double {
    var removed = 0.0
    let typical = TrendNumbers.dot(rest, rest) / Double(cells.count)
    for period in [86_400.0, 7 * 86_400.0] {
      let turns = duration / period
      guard turns >= Self.fewestTurns, turns * 2.5 <= Double(cells.count) else { continue }
      let first = x.map { Wave(angle: 2 * Double.pi * turns * $0) }
      var wave = first
      for harmonic in 1...3 {
        if harmonic > 1 { for index in x.indices { wave[index].turn(by: first[index]) } }
        guard turns * Double(harmonic) * 2.5 <= Double(cells.count) else { break }
        let waves = [
          zip(wave, root).map { $0.cosine * $1 }, zip(wave, root).map { $0.sine * $1 },
        ]
        let power = waves.reduce(0) { sum, wave in
          let projected = TrendNumbers.dot(wave, rest)
          return sum + projected * projected / max(TrendNumbers.dot(wave, wave), 1e-300)
        }
        guard power > 2 * Self.standsOut * typical else { continue }
        for wave in waves {
          let projected = remove(wave)
          removed += projected * projected
        }
      }
    }
    return removed
  }

  /// Fewer cosines where the memory is long: only as many as the noise is flat over.
  private func cosineCount(_ memory: Double) -> Int {
    let corner = Double(all.count) * (1 - memory) / (2 * Double.pi)
    let most = min(Self.mostCosines, max(cells.count / 3, 2))
    return min(max(Int(min(1.2 * corner, 1e6)), Self.fewestCosines), most)
  }

  /// The pull of what is left, by its running sum, in squared units of value times history.
  ///
  /// The error of a slope is minus the integral of the residuals' running sum over the squares of
  /// the times. For a cycle the integral is the running sum's mean, which depends on the phase at
  /// the start: the variance about the mean is what it may be.
  private func runningPull() -> Double {
    var (sum, mean, squares) = (0.0, 0.0, 0.0)
    for index in 0..<(x.count - 1) {
      sum += rest[index] * root[index]
      let width = x[index + 1] - x[index]
      mean += width * sum
      squares += width * sum * sum
    }
    let span = x[x.count - 1] - x[0]
    return span > 0 ? max(squares - mean * mean / span, 0) * span : 0
  }

  /// What may hide inside the cells, in the unit of the slow power.
  private func insideCells(_ slow: Double, _ memory: Double, power: Double) -> Double {
    let between = TrendNumbers.dot(rest, rest)
    let smooth = max(lagProducts - power - between, 0)
    let explained = slow * (1 - memory) / (1 + memory) * Double(all.count)
    let turns = max(Double(cells.count) / 2, 1)
    let pi2 = Double.pi * Double.pi
    // A cycle of this many turns has 12 / (2 pi turns)² of its squares; noise goes on past them.
    return max(smooth - explained, 0) * 12 / (4 * pi2 * turns * turns) + slow * 6 / (pi2 * turns)
  }

  // MARK: - The first autocorrelation

  private var lagProducts: Double {
    all.lagValueValue - slope * all.lagTimeValue + slope * slope * all.lagTimeTime
  }

  /// The residuals' first autocorrelation once cycles of some power are gone, 0...0.99.
  private func correlation(power: Double) -> Double {
    let left = residual - power
    guard left > 0 else { return 0 }
    let raw = (lagProducts - power) / left
    // Residuals of a fitted line look less correlated than the errors (Kendall, 1954).
    return min(max(raw + (1 + 4 * max(raw, 0)) / Double(all.count), 0), 0.99)
  }

  /// The error of noise with that autocorrelation and no other memory.
  private func lagAnswer(_ correlation: Double) -> Answer {
    let count = Double(all.count)
    let plain = TrendFit.plainError(all, residual: residual)
    let factor = (1 + correlation) / (1 - correlation)
    return Answer(error: plain * factor.squareRoot(), degrees: max(count / factor - 2, 1))
  }
}

/// A point of the unit circle: a harmonic's is the first's turned by it again.
private struct Wave {
  var cosine: Double
  var sine: Double

  init(angle: Double) { (cosine, sine) = (Double.cos(angle), Double.sin(angle)) }

  mutating func turn(by other: Wave) {
    (cosine, sine) = (
      cosine * other.cosine - sine * other.sine, sine * other.cosine + cosine * other.sine
    )
  }
}

/// Loops over columns.
private enum TrendNumbers {
  static func dot(_ a: [Double], _ b: [Double]) -> Double {
    let (a, b) = (a.span, b.span)
    var sum = 0.0
    for index in a.indices { sum += a[index] * b[index] }
    return sum
  }

  static func subtract(_ column: [Double], _ factor: Double, _ target: inout [Double]) {
    let column = column.span
    var target = target.mutableSpan
    for index in column.indices { target[index] -= factor * column[index] }
  }
}
