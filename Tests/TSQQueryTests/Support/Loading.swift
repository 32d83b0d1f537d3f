import TSQCore
import TSQQuery
import TSQStorage
import Testing

/// Series written as in Prometheus' own tests: `cpu{host="a"} 1 2 _ 4 stale 5`, one value a step.
///
/// `a+bxn` is a run of n+1 values from a by steps of b, `a-bxn` the same downwards, `axn` repeats.
func loading(
  stepSeconds: Int64 = 60, runLengths: [Int] = [1000], _ lines: String...
) throws -> MemoryProvider {
  var provider = MemoryProvider()
  provider.runLengths = runLengths
  for line in lines {
    let parts = line.split(separator: " ").map(String.init)
    let selector = try Parser.parseSelector(try #require(parts.first))
    let labels = try #require(
      Labels(selector.matchers.map { Label(name: $0.name, value: $0.value) }))
    var columns = SampleColumns()
    var step: Int64 = 0
    for part in parts.dropFirst() {
      for value in try sequence(part) {
        if let value { columns.append(time: step * stepSeconds * 1_000_000_000, value: value) }
        step += 1
      }
    }
    provider.add(labels, columns)
  }
  return provider
}

private func sequence(_ text: String) throws -> [Double?] {
  if text == "_" { return [nil] }
  if text == "stale" { return [Double(bitPattern: SpecialValue.staleBits)] }
  if let value = NumberText.value(text) { return [value] }
  let parts = text.split(separator: "x").map(String.init)
  let last = try #require(parts.last)
  let count = try #require(Int(last))
  let body = parts[0]
  if body == "_" { return [Double?](repeating: nil, count: count) }
  if let value = NumberText.value(body) { return [Double?](repeating: value, count: count + 1) }
  let sign = try #require(body.dropFirst().lastIndex { $0 == "+" || $0 == "-" })
  let start = try #require(NumberText.value(String(body[..<sign])))
  let increment = try #require(NumberText.value(String(body[sign...])))
  return (0...count).map { start + Double($0) * increment }
}

/// An instant in minutes after the epoch, which is when `loading` begins.
func minutes(_ count: Double) -> Timestamp { Timestamp(nanoseconds: Int64(count * 60e9)) }

/// An instant answer as texts: `{host="a"} 1`, in the answer's order.
func answers(
  _ expression: String, at time: Timestamp, _ provider: MemoryProvider
) throws -> [String] {
  let result = try QueryEngine(provider: provider).instant(expression, at: time)
  switch result.value {
  case .scalar(_, let value): return [NumberText.shortest(value)]
  case .string(_, let text): return [text]
  case .vector(let samples):
    return samples.map { "\($0.labels) \(NumberText.shortest($0.value))" }
  case .matrix(let series): return series.map { shown($0) }
  }
}

/// One series of a matrix: `{host="a"} 1@60 2@120`, times in seconds.
func shown(_ series: SeriesSamples) -> String {
  var text = "\(series.labels)"
  for index in 0..<series.columns.count {
    let sample = series.columns[index]
    text += " \(NumberText.shortest(sample.value))"
    text += "@\(NumberText.shortest(sample.time.fractionalSeconds))"
  }
  return text
}

/// A range answer as texts, one series each.
func rangeAnswers(
  _ expression: String, from start: Timestamp, through end: Timestamp, stepSeconds: Int64,
  _ provider: MemoryProvider
) throws -> [String] {
  let result = try QueryEngine(provider: provider).range(
    expression, from: start, through: end, stepNanoseconds: stepSeconds * 1_000_000_000)
  guard case .matrix(let series) = result.value else { return [] }
  return series.map { shown($0) }
}

/// What an expression fails with, at an instant.
func failure(
  _ expression: String, at time: Timestamp, _ provider: MemoryProvider
) -> QueryError? {
  do {
    _ = try QueryEngine(provider: provider).instant(expression, at: time)
    return nil
  } catch {
    return error
  }
}
