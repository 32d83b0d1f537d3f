internal import TSQCore

/// The series of both sides that share the labels they are matched by.
private struct MatchGroup {
  var left: [Int] = []
  var right: [Int] = []
}

extension Evaluator {
  /// Arithmetic or comparison between two vectors.
  ///
  /// Series are grouped by their matching labels once; whether a match is ambiguous is told step by
  /// step, since series come and go.
  mutating func matched(
    _ binary: Binary, _ left: [ColumnSeries], _ right: [ColumnSeries], on grid: StepGrid
  ) throws(QueryError) -> [ColumnSeries] {
    let isSwapped = binary.matching.cardinality == .oneToMany
    // From here on "many" may have several series per match, and "one" may not.
    let (many, one) = isSwapped ? (right, left) : (left, right)
    let manyPresent = grid.steps(presentIn: many)
    var result: [ColumnSeries] = []
    for group in matchGroups(many, one, binary.matching) where !group.right.isEmpty {
      let partners = try partners(
        group, one, binary.matching, manyPresent: manyPresent, on: grid)
      if group.left.isEmpty { continue }
      result += try combine(
        group, many, one, partners: partners, binary, isSwapped: isSwapped, on: grid)
    }
    let joined = try joinMatches(result, binary.matching)
    return joined.filter { $0.hasValues }
  }

  private func joinMatches(
    _ series: [ColumnSeries], _ matching: VectorMatching
  ) throws(QueryError) -> [ColumnSeries] {
    do {
      return try joiningEqualLabels(series)
    } catch {
      guard matching.cardinality != .oneToOne else { throw error }
      throw QueryError(
        .execution(
          "multiple matches for labels: grouping labels must ensure unique matches"),
        hint: error.hint)
    }
  }

  /// The one series that each step of a group matches with, or -1; two are an error.
  private func partners(
    _ group: MatchGroup, _ one: [ColumnSeries], _ matching: VectorMatching,
    manyPresent: [Bool], on grid: StepGrid
  ) throws(QueryError) -> [Int] {
    var partners = [Int](repeating: -1, count: grid.count)
    for candidate in group.right {
      for index in 0..<grid.count where !Missing.isMissing(one[candidate].values[index]) {
        guard partners[index] >= 0 else {
          partners[index] = candidate
          continue
        }
        // Nothing to match with is no ambiguity.
        guard manyPresent[index] else { continue }
        let side = matching.cardinality == .oneToMany ? "left" : "right"
        let shared = one[candidate].labels.matchKey(matching)
        throw QueryError(
          .execution(
            "found duplicate series for the match group \(shared) on the \(side) hand-side of "
              + "the operation: [\(one[partners[index]].labels), \(one[candidate].labels)];"
              + "many-to-many matching not allowed: matching labels must be unique on one side"))
      }
    }
    return partners
  }

  private mutating func combine(
    _ group: MatchGroup, _ many: [ColumnSeries], _ one: [ColumnSeries], partners: [Int],
    _ binary: Binary, isSwapped: Bool, on grid: StepGrid
  ) throws(QueryError) -> [ColumnSeries] {
    var result: [ColumnSeries] = []
    var matchedOnce = [Bool](repeating: false, count: grid.count)
    for member in group.left {
      // The partner may change over time, and with it the labels that group_left takes from it.
      var places: [Int: Int] = [:]
      for index in 0..<grid.count {
        let (value, partner) = (many[member].values[index], partners[index])
        if partner < 0 || Missing.isMissing(value) { continue }
        let other = one[partner].values[index]
        let (left, right) = isSwapped ? (other, value) : (value, other)
        let outcome = outcome(binary, left, right, kept: left)
        if Missing.isMissing(outcome) { continue }
        if binary.matching.cardinality == .oneToOne {
          guard !matchedOnce[index] else {
            throw QueryError(
              .execution(
                "multiple matches for labels: many-to-one matching must be explicit "
                  + "(group_left/group_right)"))
          }
          matchedOnce[index] = true
        }
        let place: Int
        if let known = places[partner] {
          place = known
        } else {
          place = result.count
          places[partner] = place
          let labels = resultLabels(many[member].labels, one[partner].labels, binary)
          result.append(ColumnSeries(labels: labels, count: grid.count))
        }
        result[place].values[index] = outcome
      }
    }
    return result
  }

  private func resultLabels(_ many: Labels, _ one: Labels, _ binary: Binary) -> Labels {
    let matching = binary.matching
    var labels = many
    if !binary.operation.isComparison || binary.returnsBool { labels = labels.withoutName }
    if matching.cardinality == .oneToOne {
      labels = labels.filter { matching.labels.contains($0) == matching.isOn }
    }
    for name in matching.include { labels = labels.setting(name, to: one[name] ?? "") }
    return labels
  }

  // MARK: - Set operators

  /// `and`, `or`, `unless`: which series are there, whatever their values.
  mutating func setOperation(
    _ binary: Binary, _ left: [ColumnSeries], _ right: [ColumnSeries], on grid: StepGrid
  ) throws(QueryError) -> [ColumnSeries] {
    try budget.take(samples: (left.count + right.count) * grid.count)
    var keptLeft = left
    var keptRight = right
    for group in matchGroups(left, right, binary.matching) {
      let leftPresent = grid.steps(presentIn: group.left.map { left[$0] })
      let rightPresent = grid.steps(presentIn: group.right.map { right[$0] })
      switch binary.operation {
      case .and: for place in group.left { keptLeft[place].keep { rightPresent[$0] } }
      case .unless: for place in group.left { keptLeft[place].keep { !rightPresent[$0] } }
      default: for place in group.right { keptRight[place].keep { !leftPresent[$0] } }
      }
    }
    let all = binary.operation == .or ? keptLeft + keptRight : keptLeft
    return try joiningEqualLabels(all.filter { $0.hasValues })
  }

  /// Groups in the order their first series came, the left side's first.
  private func matchGroups(
    _ left: [ColumnSeries], _ right: [ColumnSeries], _ matching: VectorMatching
  ) -> [MatchGroup] {
    var groups: [MatchGroup] = []
    var places: [Labels: Int] = [:]
    func place(_ labels: Labels) -> Int {
      let key = labels.matchKey(matching)
      if let known = places[key] { return known }
      places[key] = groups.count
      groups.append(MatchGroup())
      return groups.count - 1
    }
    for (index, series) in left.enumerated() { groups[place(series.labels)].left.append(index) }
    for (index, series) in right.enumerated() { groups[place(series.labels)].right.append(index) }
    return groups
  }
}

extension Labels {
  /// The labels that `on` names, or all but those that `ignoring` names and the metric name.
  fileprivate func matchKey(_ matching: VectorMatching) -> Labels {
    matching.isOn
      ? filter(matching.labels.contains)
      : filter { $0 != Labels.metricNameLabel && !matching.labels.contains($0) }
  }
}

extension ColumnSeries {
  /// Removes the values at steps that do not satisfy a condition.
  fileprivate mutating func keep(_ condition: (Int) -> Bool) {
    for index in values.indices where !condition(index) { values[index] = Missing.value }
  }
}

extension StepGrid {
  /// At which steps at least one of some series has a value.
  fileprivate func steps(presentIn series: [ColumnSeries]) -> [Bool] {
    var present = [Bool](repeating: false, count: count)
    for one in series {
      for index in 0..<count where !Missing.isMissing(one.values[index]) { present[index] = true }
    }
    return present
  }
}
