import Foundation
import TSQCore
import TSQQuery
import TSQStorage

/// Evaluates an expression at one instant in the most obvious way, to compare the engine with.
///
/// Shares the parser with the engine and nothing else: every window is a filter over all samples.
struct NaiveEvaluator {
  /// One series' live samples and stale markers in time order.
  typealias Samples = [(time: Int64, value: Double)]

  enum Value {
    case number(Double)
    case vector([Labels: Double])
  }

  struct Failure: Error {}

  var series: [(labels: Labels, samples: Samples)] = []
  /// First and last step of the whole query.
  var outer: (Int64, Int64) = (0, 0)

  func value(_ expression: TSQQuery.Expression, at time: Int64) throws -> Value {
    switch expression.node {
    case .number(let number): return .number(number)
    case .parenthesised(let inner), .positive(let inner): return try value(inner, at: time)
    case .negation(let inner):
      switch try value(inner, at: time) {
      case .number(let number): return .number(-number)
      case .vector(let vector): return .vector(try renamed(vector, dropName) { -$0 })
      }
    case .vector(let selector):
      var result: [Labels: Double] = [:]
      let end = moment(selector.shift, time)
      for (labels, samples) in matching(selector.matchers) {
        let last = samples.last { $0.time <= end && $0.time > end - 300_000_000_000 }
        if let last, !SpecialValue.isStale(last.value) { result[labels] = last.value }
      }
      return .vector(result)
    case .call(let call): return .vector(try windowCall(call, at: time))
    case .aggregation(let aggregation): return .vector(try aggregate(aggregation, at: time))
    case .binary(let binary): return try operate(binary, at: time)
    case .string, .matrix, .subquery: throw Failure()
    }
  }

  private func moment(_ shift: TimeShift, _ time: Int64) -> Int64 {
    switch shift.fixed {
    case .at(let fixed): fixed - shift.offset
    case .start: outer.0 - shift.offset
    case .end: outer.1 - shift.offset
    case nil: time - shift.offset
    }
  }

  private func matching(_ matchers: [LabelMatcher]) -> [(labels: Labels, samples: Samples)] {
    series.filter { one in matchers.allSatisfy { $0.matches(one.labels) } }
  }

  private func dropName(_ labels: Labels) -> Labels { labels.filter { $0 != "__name__" } }

  private func renamed(
    _ vector: [Labels: Double], _ rename: (Labels) -> Labels, _ change: (Double) -> Double
  ) throws -> [Labels: Double] {
    var result: [Labels: Double] = [:]
    for (labels, value) in vector {
      guard result.updateValue(change(value), forKey: rename(labels)) == nil else {
        throw Failure()
      }
    }
    return result
  }

  // MARK: - Windows

  private func windowCall(_ call: Call, at time: Int64) throws -> [Labels: Double] {
    var windows: [(labels: Labels, samples: Samples)] = []
    var (end, range) = (time, Int64(0))
    guard let argument = call.arguments.first(where: { $0.type == .matrix }) else {
      throw Failure()
    }
    switch argument.node {
    case .matrix(let matrix):
      end = moment(matrix.selector.shift, time)
      range = matrix.range
      windows = matching(matrix.selector.matchers).map { one in
        (
          one.labels,
          one.samples.filter {
            $0.time > end - range && $0.time <= end && !SpecialValue.isStale($0.value)
          }
        )
      }
    case .subquery(let subquery):
      end = moment(subquery.shift, time)
      range = subquery.range
      let step = subquery.step ?? 60_000_000_000
      var collected: [Labels: Samples] = [:]
      var first = (end - range) / step * step
      while first <= end - range { first += step }
      for instant in stride(from: first, through: end, by: Int(step)) {
        if case .vector(let vector) = try value(subquery.inner, at: instant) {
          for (labels, value) in vector { collected[labels, default: []].append((instant, value)) }
        }
      }
      windows = collected.map { ($0.key, $0.value) }
    default: throw Failure()
    }
    var result: [Labels: Double] = [:]
    for (labels, samples) in windows where !samples.isEmpty {
      let window = NaiveWindow(samples: samples, start: end - range, end: end, evaluation: time)
      guard let answer = try window.answer(call) else { continue }
      let key = call.function.name == "last_over_time" ? labels : dropName(labels)
      guard result.updateValue(answer, forKey: key) == nil else { throw Failure() }
    }
    return result
  }

  // MARK: - Aggregations and operators

  private func aggregate(_ aggregation: Aggregation, at time: Int64) throws -> [Labels: Double] {
    guard case .vector(let vector) = try value(aggregation.inner, at: time) else {
      throw Failure()
    }
    var groups: [Labels: [Double]] = [:]
    for (labels, value) in vector {
      let key = labels.filter {
        aggregation.without
          ? !aggregation.grouping.contains($0) && $0 != "__name__"
          : aggregation.grouping.contains($0)
      }
      groups[key, default: []].append(value)
    }
    return try groups.mapValues { try combined(aggregation.operation, $0) }
  }

  private func combined(_ operation: AggregationOperator, _ values: [Double]) throws -> Double {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / count
    switch operation {
    case .sum: return values.reduce(0, +)
    case .avg: return mean
    case .min: return values.min() ?? .nan
    case .max: return values.max() ?? .nan
    case .count: return count
    case .group: return 1
    case .stdvar: return variance
    case .stddev: return variance.squareRoot()
    default: throw Failure()
    }
  }

  private func operate(_ binary: Binary, at time: Int64) throws -> Value {
    let (left, right) = (try value(binary.left, at: time), try value(binary.right, at: time))
    let comparison = binary.operation.isComparison
    let drops = !comparison || binary.returnsBool
    func result(_ a: Double, _ b: Double, _ kept: Double) -> Double? {
      let outcome = calculate(binary.operation, a, b)
      if !comparison || binary.returnsBool { return outcome }
      return outcome == 1 ? kept : nil
    }
    switch (left, right) {
    case (.number(let a), .number(let b)): return .number(calculate(binary.operation, a, b))
    case (.vector(let vector), .number(let number)):
      let kept = vector.compactMapValues { result($0, number, $0) }
      return .vector(try renamed(kept, drops ? dropName : { $0 }) { $0 })
    case (.number(let number), .vector(let vector)):
      let kept = vector.compactMapValues { result(number, $0, $0) }
      return .vector(try renamed(kept, drops ? dropName : { $0 }) { $0 })
    case (.vector(let a), .vector(let b)):
      return .vector(try match(a, b, binary, drops: drops, result))
    }
  }

  private func match(
    _ left: [Labels: Double], _ right: [Labels: Double], _ binary: Binary, drops: Bool,
    _ result: (Double, Double, Double) -> Double?
  ) throws -> [Labels: Double] {
    let matching = binary.matching
    func key(_ labels: Labels) -> Labels {
      labels.filter {
        matching.isOn
          ? matching.labels.contains($0) : $0 != "__name__" && !matching.labels.contains($0)
      }
    }
    switch binary.operation {
    case .and: return left.filter { one in right.keys.contains { key($0) == key(one.key) } }
    case .unless: return left.filter { one in !right.keys.contains { key($0) == key(one.key) } }
    case .or:
      let added = right.filter { one in !left.keys.contains { key($0) == key(one.key) } }
      return left.merging(added) { first, _ in first }
    default: break
    }
    if left.isEmpty || right.isEmpty { return [:] }
    guard matching.cardinality == .oneToOne, Set(right.keys.map(key)).count == right.count else {
      throw Failure()
    }
    var (answer, used): ([Labels: Double], Set<Labels>) = ([:], [])
    for (labels, value) in left {
      guard let other = right.first(where: { key($0.key) == key(labels) }),
        let outcome = result(value, other.value, value)
      else { continue }
      guard used.insert(key(labels)).inserted else { throw Failure() }
      let named = drops ? dropName(labels) : labels
      answer[named.filter { matching.labels.contains($0) == matching.isOn }] = outcome
    }
    return answer
  }

  private func calculate(_ operation: BinaryOperator, _ a: Double, _ b: Double) -> Double {
    switch operation {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .modulo: a.truncatingRemainder(dividingBy: b)
    case .power: pow(a, b)
    case .atan2: atan2(a, b)
    case .equal: a == b ? 1 : 0
    case .notEqual: a != b ? 1 : 0
    case .less: a < b ? 1 : 0
    case .lessOrEqual: a <= b ? 1 : 0
    case .greater: a > b ? 1 : 0
    case .greaterOrEqual: a >= b ? 1 : 0
    case .or, .and, .unless: .nan
    }
  }
}
