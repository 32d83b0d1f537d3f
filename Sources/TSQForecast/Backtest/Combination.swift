/// The weighted median of a bank: what the engine forecasts.
///
/// A median follows the bulk of the good forecasters and not the one that ran away.
struct Combination {
  /// The forecasters in use, per horizon range, with their weights.
  private let live: [[(forecaster: Int, weight: Double)]]
  private let totals: [Double]

  init(weights: [[Double]]) {
    live = weights.map { range in
      range.enumerated().filter { $0.element > 0 }.map { ($0.offset, $0.element) }
    }
    totals = live.map { $0.reduce(0) { $0 + $1.weight } }
  }

  /// Writes the combined path of one origin.
  func path(_ table: PathTable, row: Int, into path: inout [Double], at start: Int) {
    let steps = table.plan.steps(ofRow: row)
    let edges = [0] + table.plan.rangeEnds.map { min($0, steps) } + [steps]
    var values = [Double](repeating: 0, count: Bank.capacity)
    var weights = values
    for range in live.indices {
      let members = live[range]
      for step in edges[range]..<edges[range + 1] {
        // Insertion keeps the few members sorted as they are read.
        for (filled, member) in members.enumerated() {
          let value = table.values[table.offset(member.forecaster, row: row) + step]
          var place = filled
          while place > 0, values[place - 1] > value {
            values[place] = values[place - 1]
            weights[place] = weights[place - 1]
            place -= 1
          }
          values[place] = value
          weights[place] = member.weight
        }
        path[start + step] = Combination.median(
          values, weights, count: members.count, total: totals[range])
      }
    }
  }

  /// The weighted median of sorted values; where the weight splits evenly, the middle of the two.
  static func median(
    _ values: [Double], _ weights: [Double], count: Int, total: Double
  ) -> Double {
    var below = 0.0
    let half = 0.5 * total
    for index in 0..<count {
      below += weights[index]
      if below > half { return values[index] }
      if below == half, index + 1 < count { return (values[index] + values[index + 1]) / 2 }
    }
    return values[max(count - 1, 0)]
  }
}
