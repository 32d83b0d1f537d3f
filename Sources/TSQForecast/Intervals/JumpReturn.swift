/// What nobody can know about a fresh jump of the level: how long it stays.
///
/// Some jumps stay for good; of the others one that has lasted `age` steps lasts another k with
/// probability age / (age + k) (Gott, "Implications of the Copernican Principle for Our Future
/// Prospects", Nature 363, 1993). The path goes back gradually; intervals and crossings count both
/// levels, each with its probability.
struct JumpReturn {
  /// The new level minus the old.
  let size: Double
  /// Values since the jump.
  let age: Double
  /// Share of jumps of that age that stay for good.
  let staying: Double
  /// How far the path has gone back at each step, as a share of the jump.
  let faded: [Double]

  /// Points that stand for the distribution of the errors at each of the two levels.
  private static let atoms = 61
  /// How far the new level itself may move, as a share of the jump: what a fleet does under a new load
  /// is not what it did under the old.
  private static let spread = 0.1
  /// Ends of the jump that crossings are counted for, besides none.
  private static let ends = 4

  /// The return of a jump.
  ///
  /// - Parameters:
  ///   - jump: the jump.
  ///   - steps: steps to forecast.
  ///   - settings: the constants of the method.
  init(_ jump: LevelShiftGuard, steps: Int, settings: EngineSettings) {
    size = jump.size
    age = Double(jump.length)
    let staying = max(
      settings.shiftStaying, settings.shiftSettled * min(age / Double(jump.settled), 1))
    let believed = settings.shiftReach * age
    self.staying = staying
    // Where more than half stay for good, the path stays as well.
    faded = (0..<steps).map { staying > 0.5 ? 0 : max(0, 1 - believed / Double($0 + 1)) }
  }

  /// Takes the jump back out of a path beyond the distance it can be believed in.
  func fade(_ path: inout [Double]) {
    for step in path.indices { path[step] -= size * faded[step] }
  }

  /// The probability that the jump still stands at a step.
  func standing(_ step: Int) -> Double {
    staying + (1 - staying) * age / (age + Double(step + 1))
  }

  /// How far the ends of an interval lie from the faded path.
  ///
  /// - Parameters:
  ///   - level: of the interval.
  ///   - errors: in usual sizes, without NaN.
  ///   - scale: usual size of an error at each step, as wide as the level asks.
  /// - Returns: the quantiles of the two levels' mixture; the lower end at most 0, the upper at least 0.
  func offsets(
    level: Double, errors: [Double], scale: [Double]
  ) -> (low: [Double], high: [Double]) {
    let count = Self.atoms
    let atoms = Selection.quantiles(errors, (0..<count).map { (Double($0) + 0.5) / Double(count) })
    let tail = (1 - level) / 2
    var mixture = Mixture(atoms: atoms)
    var (low, high) = (scale, scale)
    for step in scale.indices {
      let (new, standing) = (size * faded[step], standing(step))
      mixture.levels[0] = (new - size, 1 - standing)
      for (index, share) in [-Self.spread, 0, Self.spread].enumerated() {
        mixture.levels[index + 1] = (new + share * size, standing / 3)
      }
      let ends = mixture.quantiles(tail, 1 - tail, scale: scale[step])
      (low[step], high[step]) = (min(ends.low, 0), max(ends.high, 0))
    }
    return (low, high)
  }

  /// Courses the jump may take, with their probabilities: the steps at which it ends.
  func courses() -> [(end: Int, share: Double)] {
    let passing = (0..<Self.ends).map { end in
      let share = (Double(end) + 0.5) / Double(Self.ends)
      return (end: Int(age * share / (1 - share)), share: (1 - staying) / Double(Self.ends))
    }
    return passing + [(end: .max, share: staying)]
  }

  /// How far a course lies from the faded path at a step.
  func distance(_ step: Int, endingAt end: Int) -> Double {
    size * faded[step] - (step < end ? 0 : size)
  }
}

/// Levels with the same errors about each.
private struct Mixture {
  /// Where each level lies, and its probability; together 1.
  var levels = [(offset: Double, weight: Double)](repeating: (0, 0), count: 4)
  /// Points that stand for the errors, all as probable, ascending.
  let atoms: [Double]
  private var next = [0, 0, 0, 0]

  init(atoms: [Double]) { self.atoms = atoms }

  /// Two quantiles, by taking the points of all levels in order; `scale` is what an error is worth.
  mutating func quantiles(
    _ low: Double, _ high: Double, scale: Double
  ) -> (low: Double, high: Double) {
    for index in next.indices { next[index] = 0 }
    let (all, share) = (levels.count * atoms.count, 1 / Double(atoms.count))
    var (passed, before, last) = (0.0, 0.0, -Double.infinity)
    var (bottom, top) = (Double.nan, Double.nan)
    for _ in 0..<all {
      var (value, first) = (Double.infinity, 0)
      for index in levels.indices where next[index] < atoms.count {
        let own = levels[index].offset + scale * atoms[next[index]]
        if own < value { (value, first) = (own, index) }
      }
      next[first] += 1
      // A point stands for the mass on either side of its middle.
      let mass = levels[first].weight * share
      let middle = passed + mass / 2
      func crossing(_ wanted: Double) -> Double {
        last.isFinite && middle > before
          ? last + (wanted - before) / (middle - before) * (value - last) : value
      }
      if bottom.isNaN, middle >= low { bottom = crossing(low) }
      if middle >= high {
        top = crossing(high)
        break
      }
      passed += mass
      (before, last) = (middle, value)
    }
    return (bottom.isNaN ? last : bottom, top.isNaN ? last : top)
  }
}
