import TSQCodec
import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// What a segment should hold: the truth that tests compare with.
typealias SegmentTruth = [(labels: Labels, columns: SampleColumns)]

/// Segments for tests: written in memory, and compared sample by sample.
enum SegmentFixtures {
  static let path = "segments/a.seg"

  static func storeID() throws -> StoreID { try #require(StoreID(bytes: Array(0..<16))) }

  static func description() throws -> SegmentWriter.Description {
    SegmentWriter.Description(storeID: try storeID(), sequences: 3...17, partition: 2_921)
  }

  /// Writes series and returns the files with the segment in them.
  static func write(
    _ series: SegmentTruth, _ description: SegmentWriter.Description
  ) throws -> (files: MemoryFiles, info: SegmentInfo) {
    let files = MemoryFiles()
    var writer = try SegmentWriter(
      fileSystem: files, temporaryPath: "segments/a.seg.tmp", description: description)
    let ordered = series.sorted { LabelOrder.compare($0.labels, $1.labels) < 0 }
    for (labels, columns) in ordered { try writer.add(labels: labels, columns: columns) }
    let info = try writer.finish(publishAs: "a.seg")
    return (files, info)
  }

  static func reader(_ files: MemoryFiles) throws(SegmentError) -> SegmentReader {
    try SegmentReader(fileSystem: files, path: path)
  }

  static func labels(_ metric: String, _ rest: [(String, String)] = []) throws -> Labels {
    try #require(Labels(metric: metric, rest))
  }

  /// All samples of a series, decoded.
  static func samples(_ reader: SegmentReader, local: Int) throws -> SampleColumns {
    var columns = SampleColumns()
    var scratch = BlockScratch()
    for block in try reader.blocks(ofLocal: local) {
      try reader.decode(block, into: &columns, scratch: &scratch)
    }
    return columns
  }

  /// Expects a segment to hold exactly the truth, its summaries included.
  static func expectTruth(
    _ reader: SegmentReader, _ truth: SegmentTruth, _ comment: Comment,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let kept = truth.filter { !$0.columns.isEmpty }
    #expect(reader.info.seriesCount == kept.count, comment, sourceLocation: sourceLocation)
    for (labels, columns) in kept {
      let local = try #require(
        try reader.local(of: labels), comment, sourceLocation: sourceLocation)
      let found = try samples(reader, local: local)
      #expect(areIdentical(found, columns), comment, sourceLocation: sourceLocation)
    }
    #expect(reader.verify(deep: true).isEmpty, comment, sourceLocation: sourceLocation)
  }

  /// Equal times and equal bits.
  static func areIdentical(_ left: SampleColumns, _ right: SampleColumns) -> Bool {
    left.times == right.times
      && left.values.map(\.bitPattern) == right.values.map(\.bitPattern)
  }
}

/// Random series that a real store could meet, and some that it hopefully never does.
struct RandomSeries {
  var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func pick<Element>(_ choices: [Element]) -> Element? {
    choices.randomElement(using: &generator)
  }

  mutating func truth(seriesMax: Int, samplesMax: Int) -> SegmentTruth {
    var truth: SegmentTruth = []
    let shared = times(count: Int.random(in: 1...samplesMax, using: &generator))
    for number in 0..<Int.random(in: 0...seriesMax, using: &generator) {
      // A number keeps the random labels of two series apart.
      guard let labels = labels(number) else { continue }
      let own = times(count: Int.random(in: 0...samplesMax, using: &generator))
      let times = Bool.random(using: &generator) ? shared : own
      truth.append((labels, SampleColumns(times: times, values: values(count: times.count))))
    }
    return truth.shuffled(using: &generator)
  }

  mutating func labels(_ number: Int) -> Labels? {
    let texts = ["host", "Ä", "e\u{301}", "\u{e9}", "日本", "a\"b\\", "\u{0}", "𝄞", "x y", "é"]
    var pairs: [Label] = []
    for index in 0..<Int.random(in: 0...3, using: &generator) {
      pairs.append(Label(name: "l\(index)\(pick(texts) ?? "")", value: pick(texts) ?? "v"))
    }
    pairs.append(Label(name: "number", value: "\(number)"))
    if number % 5 > 0 {
      pairs.append(Label(name: Labels.metricNameLabel, value: "m\(number % 3)"))
    }
    return Labels(pairs)
  }

  mutating func times(count: Int) -> [Int64] {
    let step: Int64 = pick([1, 1_000, 1_000_000, 1_000_000_000, 10_000_000_000, 1 << 50]) ?? 1
    let jitter: Int64 = pick([0, 0, 1, 1_000, 5_000_000]) ?? 0
    if Int.random(in: 0..<10, using: &generator) == 0 {
      let wild = Set((0..<count).map { _ in Int64.random(in: .min ... .max, using: &generator) })
      return wild.sorted()
    }
    var time = Int64.random(in: -1 << 60...1 << 60, using: &generator)
    return (0..<count).map { _ in
      time += step + Int64.random(in: 0...jitter, using: &generator)
      return time
    }
  }

  mutating func values(count: Int) -> [Double] {
    let kind = Int.random(in: 0..<8, using: &generator)
    var level = Double.random(in: -100...100, using: &generator)
    return (0..<count).map { _ in
      level += Double.random(in: -1...1, using: &generator)
      return switch kind {
      case 0: 42
      case 1: level.rounded()
      case 2: (level * 100).rounded() / 100
      case 3: level
      case 4: Double(bitPattern: generator.next())
      case 5: pick([Double.nan, .infinity, -.infinity, -0.0, 0, .greatestFiniteMagnitude]) ?? 0
      case 6: pick([level.rounded(), Double(bitPattern: SpecialValue.staleBits)]) ?? 0
      default: Double(bitPattern: SpecialValue.staleBits)
      }
    }
  }
}
