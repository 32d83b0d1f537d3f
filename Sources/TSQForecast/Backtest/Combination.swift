/// The weighted median of a bank: what the engine forecasts.
///
/// A median follows the bulk of the good forecasters and not the one that ran away.
struct Combination {
  private struct Member {
    let forecaster: Int
    let weight: Double
  }
  /// The forecasters in use, per horizon range.
  private let live: [[Member]]
  private let totals: [Double]

  /// A combination from weights by range and forecaster; at most `limit` of each range are used.
  init(weights: [[Double]], limit: Int) {
    live = weights.map { range in
      let all = range.indices.filter { range[$0] > 0 }.map {
        Member(forecaster: $0, weight: range[$0])
      }
      guard all.count > limit else { return all }
      // Of equal weights the first stays, so that the choice is the same everywhere.
      let sorted = all.sorted { ($0.weight, $1.forecaster) > ($1.weight, $0.forecaster) }
      return Array(sorted.prefix(limit))
    }
    totals = live.map { $0.reduce(0) { $0 + $1.weight } }
  }

  /// The share of each forecaster in each range; rows sum to 1.
  func shares(forecasters: Int) -> [[Double]] {
    live.indices.map { range in
      var shares = [Double](repeating: 0, count: forecasters)
      for member in live[range] { shares[member.forecaster] = member.weight / totals[range] }
      return shares
    }
  }

  /// Writes the combined path of one origin.
  func path(_ table: PathTable, row: Int, into path: inout [Double], at start: Int) {
    let edges = table.plan.edges(within: table.plan.rowSteps[row])
    for range in live.indices where edges[range] < edges[range + 1] {
      combine(table, row, range, edges[range]..<edges[range + 1], &path, start)
    }
  }

  private func combine(
    _ table: PathTable, _ row: Int, _ range: Int, _ steps: Range<Int>, _ path: inout [Double],
    _ start: Int
  ) {
    let all = table.values.span
    let count = live[range].count
    let total = totals[range]
    // Who outweighs all others together is the median.
    if let one = live[range].first(where: { $0.weight > 0.5 * total }) {
      let offset = table.offset(one.forecaster, row: row)
      for step in steps { path[start + step] = all[offset + step] }
      return
    }
    var medians = WeightedMedians(live[range].map(\.weight))
    let offsets = live[range].map { table.offset($0.forecaster, row: row) }
    var step = steps.lowerBound
    while step + WeightedMedians.width <= steps.upperBound {
      for member in 0..<count {
        let at = offsets[member] + step
        medians.set(member, SIMD4(all[at], all[at + 1], all[at + 2], all[at + 3]))
      }
      let four = medians.medians()
      for lane in 0..<WeightedMedians.width { path[start + step + lane] = four[lane] }
      step += WeightedMedians.width
    }
    while step < steps.upperBound {
      for member in 0..<count {
        medians.set(member, SIMD4(repeating: all[offsets[member] + step]))
      }
      path[start + step] = medians.medians()[0]
      step += 1
    }
  }
}
