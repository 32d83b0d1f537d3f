import Foundation
import TSQCodec
import TSQCore
import TSQTestSupport
import Testing

/// Every text format but line protocol, which has a fuzz entry with a reference parser of its own.
///
/// A few thousand inputs in a test run; `TSQ_FUZZ_SECONDS` goes on for so long with each format, and
/// `TSQ_TEST_SEED` starts there.
@Suite struct TextFormatFuzzTests {
  static let formats: [LineFormat] = [.graphite, .prometheus, .openMetrics, .csv]

  /// Pieces that formats are made of, and bytes that break them.
  private static let pieces: [String] = [
    "a", "cpu_total", "cpu_bucket", "{", "}", "le=\"1\"", "host=\"x\"", ",", ";tag=value", ";", "=",
    " ", "  ", "\t", "\n", "\n", "\n", "\r\n", "\"", "\"\"", "\\", "\\n", "#", "# EOF\n", "# TYPE ",
    "# HELP ", "# UNIT ", "counter\n", "histogram\n", "gauge", "1", "0", "-1", "1.5", "1e308",
    "NaN",
    "+Inf", "-Inf", "NaN(0x7ff0000000000002)", "1700000000", "1700000000000", "9223372036854775807",
    "2026-01-01T00:00:00Z", "series,timestamp,value\n", "\u{0}", "é", "\u{1F600}",
    " # {id=\"1\"} 2",
    "__name__", "x 1 1\n", "up 1\n", "up,1,1\n", "_created",
  ]

  private static func input(_ random: inout SeededGenerator) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 0...80, using: &random) {
      bytes += Array((pieces.randomElement(using: &random) ?? "").utf8)
    }
    // A few bytes that no piece has, invalid UTF-8 among them.
    for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
      bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(
        in: 0...255, using: &random)
    }
    return bytes
  }

  @Test("cut anywhere it is the same, and what is accepted can be exported", arguments: formats)
  func fuzz(format: LineFormat) throws {
    let seconds = environment("TSQ_FUZZ_SECONDS").flatMap(Double.init)
    let start = Date()
    var seed = environment("TSQ_TEST_SEED").flatMap { UInt64($0) } ?? 1
    if seconds != nil, environment("TSQ_TEST_SEED") == nil {
      seed = UInt64(start.timeIntervalSince1970 * 1000)
    }
    let limits = LineProtocolLimits(lineBytes: 200, labelsPerSeries: 3)
    var rounds = 0
    while seconds.map({ Date().timeIntervalSince(start) < $0 }) ?? (rounds < 1_000) {
      var random = SeededGenerator(seed: seed)
      let input = Self.input(&random)
      let ends: [LineProtocolParser.InputEnd] = [.complete, .cut]
      let end = ends.randomElement(using: &random) ?? .complete
      let parser = format.parser(limits: seed % 2 == 0 ? LineProtocolLimits() : limits)
      let whole = outcome(parser, input, end: end)
      let cuts = (0..<3).map { _ in Int.random(in: 0...input.count, using: &random) }.sorted()
      #expect(outcome(parser, input, cuts: cuts, end: end) == whole, "seed \(seed), cuts \(cuts)")
      // Of OpenMetrics lines may be missing, which count where they are missed.
      if format != .openMetrics {
        let lines = input.split(separator: 10, omittingEmptySubsequences: false).count
        #expect(whole.count <= lines, "seed \(seed)")
      }
      checkExport(parser, input, end, seed)
      seed &+= 1
      rounds += 1
    }
    if seconds != nil { print("\(format): fuzzed \(rounds) inputs up to seed \(seed)") }
    #expect(rounds > 0)
  }

  /// Whatever a parser accepts, CSV says it, and says it back to the same bits.
  private func checkExport(
    _ parser: any LineParsing, _ input: [UInt8], _ end: LineProtocolParser.InputEnd, _ seed: UInt64
  ) {
    let accepted = ParsedSamples(parser, input, end)
    var writer = CSVWriter()
    for (labels, samples) in accepted.rows { #expect(writer.append(labels, samples) == 0) }
    let again = ParsedSamples(CSVParser(), writer.bytes, .complete)
    #expect(again.rejected == 0, "seed \(seed)")
    #expect(again.texts == accepted.texts, "seed \(seed)")
  }
}

/// What a parser accepted: one row a sample.
private struct ParsedSamples {
  private(set) var rows: [(Labels, SampleColumns)] = []
  private(set) var rejected = 0

  init(_ parser: any LineParsing, _ input: [UInt8], _ end: LineProtocolParser.InputEnd) {
    var parser = parser
    var keys = SeriesKeyTable()
    var batch = LineBatch(sampleCapacity: 4_096)
    var rest = input
    var progress: LineProtocolParser.Progress
    repeat {
      progress = unsafe parser.parse(
        rest.span.bytes, receivedAt: 777, end: end, keys: &keys, into: &batch)
      rest.removeFirst(progress.consumed)
    } while progress.stop != .needsInput
    rejected = batch.rejected.count
    for index in 0..<batch.sampleCount {
      rows.append(
        (
          keys.labels(of: batch.keyIDs[index]),
          SampleColumns(times: [batch.times[index]], values: [batch.values[index]])
        ))
    }
  }

  var texts: [String] {
    rows.map { "\($0.0) \($0.1.times[0]) \($0.1.values[0].bitPattern)" }
  }
}
