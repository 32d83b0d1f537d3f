import ArgumentParser
import TSQCore
import TSQQuery
import TSQStorage

/// Trends over longer and longer ranges of one series.
struct YearScale: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "year", abstract: "The trend of one series of 10 s, by the length of its range.")

  @Flag(help: "A month instead of a year.") var smoke = false

  func run() throws {
    Measure.head(
      "range, days", "samples", "trend µs", "blocks by summary", "blocks decoded", "first µs")
    try Phase.withFolder { try Phase.spawn(.year, $0, smoke ? 30 : 364) }
  }
}

/// The process of a measurement.
enum YearPhase {
  private static let day: Int64 = 86_400_000_000_000
  private static let step: Int64 = 10_000_000_000
  private static let start: Int64 = 1_735_689_600_000_000_000

  /// Fills a store with one series and asks for its trend.
  static func run(_ folder: String, days: Int) throws {
    let store = try Store.open(folder)
    guard let labels = Labels(metric: "level", [("host", "a")]) else { return }
    let id = try store.resolve(labels)
    var noise = Noise(state: 42)
    var (batch, level) = (SampleBatch(), 50.0)
    let count = Int(Int64(days) * day / step)
    for index in 0..<count {
      level += noise.uniform() - 0.5
      batch.append(
        series: id, time: start + Int64(index) * step, value: (level * 100).rounded() / 100)
      guard batch.count == 100_000 || index == count - 1 else { continue }
      _ = try store.appendBlocking(batch)
      batch = SampleBatch()
    }
    _ = try store.flush()
    _ = try store.compact()
    let end = start + Int64(count) * step - 1
    let engine = QueryEngine(store: store)
    for length in [7, 14, 28, 56, 91, 182, 364] where length <= days {
      // Neither end falls on a block's edge, as a question's ends do not.
      let range = TimeRange(
        start: Timestamp(nanoseconds: end - Int64(length) * day + 4_567_000_000_000),
        end: Timestamp(nanoseconds: end - 1_234_000_000_000))
      var answer: TrendResult?
      let first = try Measure.seconds { answer = try engine.trends("level{host=\"a\"}", in: range) }
      let warm = try Measure.medianMicroseconds(runs: 201) {
        answer = try engine.trends("level{host=\"a\"}", in: range)
      }
      guard let answer, answer.series.first?.estimate != nil else {
        throw ValidationError("no trend over \(length) days")
      }
      Measure.row(
        "\(length)", "\(Int64(length) * day / step)", Measure.text(warm),
        "\(answer.statistics.blocksFromSummaries)", "\(answer.statistics.blocksDecoded)",
        Measure.text(first * 1e6))
    }
    try store.close()
  }
}
