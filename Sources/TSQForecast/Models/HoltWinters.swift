/// One setting of additive Holt-Winters smoothing.
struct SmoothingParameters {
  var name: String
  /// Share of an error that moves the level.
  var level: Double
  /// Share that moves the trend; 0 for none.
  var trend = 0.0
  /// How much of the trend survives a step; 1 is undamped.
  var damping = 1.0
  /// Share that moves the first season's place.
  var season1 = 0.0
  /// Share that moves the second season's place.
  var season2 = 0.0
}

/// Four additive Holt-Winters smoothers side by side, with none, one or two seasons, damped trend
/// and errors held back at a multiple of their usual size.
///
/// A smoother's next step waits for the last one, so one alone leaves the processor idle: four in
/// lanes cost hardly more. Source: Holt 1957, Winters 1960; two seasons: Taylor, "Short-term
/// electricity demand forecasting using double seasonal exponential smoothing", JORS 54, 2003;
/// clipped errors: Gelper, Fried & Croux, "Robust forecasting with exponential and Holt-Winters
/// smoothing", J. Forecasting 29, 2010.
struct HoltWinters {
  typealias Lanes = SIMD4<Double>
  /// Season lengths in steps; 0 for none.
  let season1: Int
  let season2: Int
  /// Errors count at most this many times their usual size; infinity for no limit.
  let clip: Double

  /// Errors the last setting of a run held back at the clip.
  private(set) var heldBack = 0

  private var level = Lanes()
  private var trend = Lanes()
  private var scale = Lanes()
  private var places1: [Lanes]
  private var places2: [Lanes]

  /// How fast the usual size of an error follows: about fifty steps.
  private static let scaleRate = 0.02

  /// Smoothers started from the first seasons of a series.
  init(series: [Double], season1: Int, season2: Int, clip: Double) {
    self.season1 = season1
    self.season2 = season2
    self.clip = clip
    places1 = [Lanes](repeating: Lanes(), count: max(season1, 1))
    places2 = [Lanes](repeating: Lanes(), count: max(season2, 1))
    let count = series.count
    let window = min(count, max(2 * max(season1, 1), 10))
    var sum = 0.0
    var steps = 0.0
    for index in 0..<window {
      sum += series[index]
      if index > 0 { steps += abs(series[index] - series[index - 1]) }
    }
    let start = sum / Double(max(window, 1))
    level = Lanes(repeating: start)
    scale = Lanes(repeating: steps / Double(max(window - 1, 1)) + 1e-12)
    guard season1 > 0 else { return }
    for place in 0..<season1 {
      var (deviation, seen) = (0.0, 0.0)
      for index in stride(from: place, to: min(count, 3 * season1), by: season1) {
        deviation += series[index] - start
        seen += 1
      }
      if seen > 0 { places1[place] = Lanes(repeating: deviation / seen) }
    }
  }

  /// Runs over the series once and writes the paths of up to four settings.
  mutating func run(
    _ series: [Double], _ parameters: [SmoothingParameters], into table: inout PathTable
  ) {
    precondition((1...4).contains(parameters.count), "one lane per setting")
    var (alpha, beta, phi, gamma1, gamma2) = (Lanes(), Lanes(), Lanes(), Lanes(), Lanes())
    for lane in 0..<4 {
      let chosen = parameters[min(lane, parameters.count - 1)]
      alpha[lane] = chosen.level
      beta[lane] = chosen.trend
      phi[lane] = chosen.damping
      gamma1[lane] = chosen.season1 * (1 - chosen.level)
      gamma2[lane] = chosen.season2 * (1 - chosen.level)
    }
    let bases = parameters.map { table.add($0.name) }
    let judge = parameters.count - 1
    let origins = table.plan.origins
    var (place1, place2, row) = (0, 0, 0)
    for index in series.indices {
      let drift = phi * trend
      var season = Lanes()
      if season1 > 0 { season += places1[place1] }
      if season2 > 0 { season += places2[place2] }
      let error = Lanes(repeating: series[index]) - (level + drift + season)
      let size = error.replacing(with: -error, where: error .< 0)
      let limit = scale * clip
      // Written out: the library's pointwise minimum is a call.
      let least = -limit
      let raised = error.replacing(with: least, where: error .< least)
      let held = raised.replacing(with: limit, where: raised .> limit)
      if size[judge] > limit[judge] { heldBack += 1 }
      // The scale follows even what was held back, so that a real shift is learnt.
      let most = 3 * limit
      scale += Self.scaleRate * (size.replacing(with: most, where: size .> most) - scale)
      level = level + drift + alpha * held
      trend = drift + beta * held
      if season1 > 0 {
        places1[place1] += gamma1 * held
        place1 = place1 + 1 == season1 ? 0 : place1 + 1
      }
      if season2 > 0 {
        places2[place2] += gamma2 * held
        place2 = place2 + 1 == season2 ? 0 : place2 + 1
      }
      if row < origins.count, origins[row] == index {
        writePaths(row: row, place1, place2, phi, bases, &table)
        row += 1
      }
    }
    table.settle()
  }

  private func writePaths(
    row: Int, _ firstPlace1: Int, _ firstPlace2: Int, _ phi: Lanes, _ bases: [Int],
    _ table: inout PathTable
  ) {
    let start = table.plan.rowStarts[row]
    var (place1, place2) = (firstPlace1, firstPlace2)
    var power = phi
    var reach = Lanes()
    for step in 0..<table.plan.rowSteps[row] {
      reach += power
      power *= phi
      var value = level + reach * trend
      if season1 > 0 {
        value += places1[place1]
        place1 = place1 + 1 == season1 ? 0 : place1 + 1
      }
      if season2 > 0 {
        value += places2[place2]
        place2 = place2 + 1 == season2 ? 0 : place2 + 1
      }
      for lane in bases.indices { table.values[bases[lane] + start + step] = value[lane] }
    }
  }
}
