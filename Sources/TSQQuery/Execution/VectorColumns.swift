internal import TSQCore

/// The mark of a step at which a series has no value.
///
/// The stale marker's bits: no arithmetic yields them, and stale samples never get past a selector,
/// so one column carries both values and gaps.
enum Missing {
  static let value = Double(bitPattern: SpecialValue.staleBits)

  @inline(__always)
  static func isMissing(_ value: Double) -> Bool { value.bitPattern == SpecialValue.staleBits }
}

/// One series' values at every step of a grid.
struct ColumnSeries: Sendable {
  var labels: Labels
  /// One per step; `Missing.value` where there is none.
  var values: [Double]

  init(labels: Labels, values: [Double]) {
    self.labels = labels
    self.values = values
  }

  /// A series without values yet.
  init(labels: Labels, count: Int) {
    self.init(labels: labels, values: [Double](repeating: Missing.value, count: count))
  }

  var hasValues: Bool { values.contains { !Missing.isMissing($0) } }
}

/// What a part of an expression evaluates to, over all steps at once.
enum Evaluated: Sendable {
  /// One number per step.
  case scalar([Double])
  case string(String)
  case vector([ColumnSeries])
}

extension Labels {
  /// The labels without the metric name: what most functions and operators answer with.
  var withoutName: Labels { filter { $0 != Labels.metricNameLabel } }
}

/// Joins series that came to have equal labels, which is allowed as long as no step has both.
///
/// - Throws: `.execution` where one step has two values for one label set.
/// - Complexity: O(series * steps) only where labels meet; else O(series).
func joiningEqualLabels(_ series: [ColumnSeries]) throws(QueryError) -> [ColumnSeries] {
  var joined: [ColumnSeries] = []
  joined.reserveCapacity(series.count)
  var places: [Labels: Int] = Dictionary(minimumCapacity: series.count)
  for next in series {
    guard let place = places[next.labels] else {
      places[next.labels] = joined.count
      joined.append(next)
      continue
    }
    for index in next.values.indices where !Missing.isMissing(next.values[index]) {
      guard Missing.isMissing(joined[place].values[index]) else {
        throw duplicateLabels(next.labels)
      }
      joined[place].values[index] = next.values[index]
    }
  }
  return joined
}

/// The error for two series that a function left with equal labels.
func duplicateLabels(_ labels: Labels) -> QueryError {
  QueryError(
    .execution("vector cannot contain metrics with the same labelset"),
    hint: "\(labels) stands for several series; select one metric, or aggregate first")
}
