import TSQCodec
import TSQCore
import TSQTestSupport
import Testing

@Suite struct LineProtocolWriterTests {
  @Test(
    "escapes exactly what needs it",
    arguments: [
      ("cpu", "a", "b", "cpu,a=b value=1 2\n"),
      ("a b,c=d", "x=y z,w", "p=q r,s", "a\\ b\\,c=d,x\\=y\\ z\\,w=p\\=q\\ r\\,s value=1 2\n"),
      ("cpu", "path", "C:\\dir", "cpu,path=C:\\dir value=1 2\n"),
      ("cpu", "path", "C:\\", "cpu,path=C:\\\\ value=1 2\n"),
      ("cpu", "path", "\\\\host\\ x", "cpu,path=\\\\\\host\\\\\\ x value=1 2\n"),
      ("cpu\\", "a", "\"q\"", "cpu\\\\,a=\"q\" value=1 2\n"),
    ])
  func escapes(metric: String, name: String, value: String, expected: String) throws {
    let labels = try #require(Labels(metric: metric, [(name, value)]))
    var writer = LineProtocolWriter()
    let isWritten = writer.append(labels, time: 2, value: 1)
    #expect(isWritten)
    #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
    var driver = ParseDriver()
    let events = driver.run(writer.bytes)
    let sample = ParsedSample(labels: labels, time: 2, bits: (1.0).bitPattern)
    #expect(events.first == .accepted(line: 1, samples: [sample]))
  }

  @Test(
    "refuses what the protocol cannot say",
    arguments: [
      Labels(metric: "#x"), Labels(metric: "\tx"), Labels(metric: "a\nb"),
      Labels(metric: "a", [("b", "c\nd")]), Labels(metric: "a", [("b\nc", "d")]),
      Labels([Label(name: "a", value: "b")]),
    ])
  func refuses(labels: Labels?) throws {
    var writer = LineProtocolWriter()
    let series = try #require(labels)
    let isWritten = writer.append(series, time: 1, value: 1)
    let skipped = writer.append(series, SampleColumns(times: [1, 2], values: [1, 2]))
    #expect(!isWritten)
    #expect(skipped == 2)
    #expect(writer.bytes.isEmpty)
  }

  @Test("skips and counts values that are not finite")
  func skipsNonFinite() throws {
    let labels = try #require(Labels(metric: "m"))
    var writer = LineProtocolWriter()
    let samples = SampleColumns(times: [1, 2, 3, 4], values: [.nan, 1.5, .infinity, -.infinity])
    let skipped = writer.append(labels, samples)
    #expect(skipped == 3)
    #expect(String(decoding: writer.bytes, as: UTF8.self) == "m value=1.5 2\n")
    let isWritten = writer.append(labels, time: 1, value: .nan)
    #expect(!isWritten)
    writer.removeAll()
    #expect(writer.bytes.isEmpty)
  }

  @Test("any series, time and finite value reads back the same", arguments: propertySeeds(40))
  func roundTrip(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var writer = LineProtocolWriter()
    var expected: [ParseEvent] = []
    for number in 1...60 {
      let labels = try #require(Self.labels(using: &random))
      let time = Int64(bitPattern: random.next()) >> Int64(random.next() % 64)
      let value = Self.value(using: &random)
      let isWritten = writer.append(labels, time: time, value: value)
      #expect(isWritten, "seed \(seed), \(labels)")
      let sample = ParsedSample(labels: labels, time: time, bits: value.bitPattern)
      expected.append(.accepted(line: number, samples: [sample]))
    }
    var driver = ParseDriver()
    let events = driver.run(writer.bytes)
    #expect(Array(events.dropLast()) == expected, "seed \(seed)")
  }

  private static func labels(using random: inout SeededGenerator) -> Labels? {
    var pairs: [String: String] = [:]
    for _ in 0..<Int.random(in: 0...4, using: &random) {
      let name = text(using: &random)
      if name != Labels.metricNameLabel { pairs[name] = text(using: &random) }
    }
    let metric = "m" + text(using: &random)
    return Labels(metric: metric, pairs.map { ($0.key, $0.value) })
  }

  private static func text(using random: inout SeededGenerator) -> String {
    let pieces = ["\\", ",", "=", " ", "a", "é", "\"", "\r", "\t", "#", "0", "🙂", "\u{0}", "_"]
    let count = Int.random(in: 1...6, using: &random)
    return (0..<count).map { _ in pieces.randomElement(using: &random) ?? "a" }.joined()
  }

  private static func value(using random: inout SeededGenerator) -> Double {
    switch random.next() % 6 {
    case 0: Double(Int64(bitPattern: random.next()) >> Int64(random.next() % 64))
    case 1: Double.random(in: -1000...1000, using: &random)
    case 2: -0.0
    case 3: Double(bitPattern: random.next() & 0x800f_ffff_ffff_ffff)
    default: Double(bitPattern: random.next() & 0xbfff_ffff_ffff_ffff)
    }
  }
}
