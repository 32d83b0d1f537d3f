import TSQCodec
import TSQCore
import TSQTestSupport
import Testing

@Suite struct GraphiteParserTests {
  /// What a parser makes of an input that arrives in pieces, as text.
  private func outcome(
    _ input: [UInt8], cuts: [Int] = [], limits: LineProtocolLimits = .init(),
    end: LineProtocolParser.InputEnd = .complete
  ) -> String {
    var parser = GraphiteParser(limits: limits)
    var keys = SeriesKeyTable()
    var batch = LineBatch(sampleCapacity: 4_096)
    var pending: [UInt8] = []
    var found: [(Int, String)] = []
    var start = 0
    for stop in cuts + [input.count] {
      pending += input[start..<stop]
      start = stop
      var progress: LineProtocolParser.Progress
      repeat {
        let number = parser.lineNumber
        progress = unsafe parser.parse(
          pending.span.bytes, receivedAt: 777, end: stop == input.count ? end : .open,
          keys: &keys, into: &batch)
        if case .comment(let range) = progress.stop {
          // Its number lies between those of the lines around it.
          let before = pending[..<range.lowerBound].count { $0 == 10 }
          found.append((number + before, String(decoding: pending[range], as: UTF8.self)))
        }
        pending.removeFirst(progress.consumed)
      } while progress.stop != .needsInput
    }
    for line in batch.lines {
      let at = line.samples.lowerBound
      let labels = keys.labels(of: batch.keyIDs[at])
      let value = NumberText.shortest(batch.values[at])
      found.append((line.number, "\(labels) \(value) @\(batch.times[at])"))
    }
    for line in batch.rejected { found.append((line.number, line.reason.rawValue)) }
    return found.sorted { $0.0 < $1.0 }.map(\.1).joined(separator: " | ")
  }

  @Test(
    "lines and what becomes of them",
    arguments: [
      ("a.b.c 1.5 100", "{\"a.b.c\"} 1.5 @100000000000"),
      ("cpu;host=a;dc=x 1 100\r", "cpu{dc=\"x\",host=\"a\"} 1 @100000000000"),
      ("  cpu\t1  100 ", "cpu 1 @100000000000"),
      ("cpu 1", "cpu 1 @777"), ("cpu 1 -1", "cpu 1 @777"), ("cpu 1 -2", "cpu 1 @-2000000000"),
      ("cpu 1 1.25", "cpu 1 @1250000000"), ("cpu 1 -0.5", "cpu 1 @-500000000"),
      ("cpu 1 1.1234567899", "cpu 1 @1123456789"),
      ("c,p=u\\;a=b\\,c=d 1 1", "{\"c,p=u\\\\\",a=\"b\\\\,c=d\"} 1 @1000000000"),
      ("# x", "# x"), ("", ""), (" ", ""),
      ("cpu", "bad-shape"), ("cpu 1 2 3", "bad-shape"), ("cpu x 1", "bad-field-value"),
      ("cpu nan 1", "bad-field-value"), ("cpu 1 x", "bad-timestamp"),
      ("cpu 1 1.", "bad-timestamp"), ("cpu 1 9223372037", "bad-timestamp"),
      ("cpu 1 -9223372036.854775807", "cpu 1 @-9223372036854775807"),
      ("cpu 1 -9223372036.854775808", "bad-timestamp"),
      ("cpu 1 9223372036.854775807", "cpu 1 @9223372036854775807"),
      ("cpu 1 9223372036.854775808", "bad-timestamp"),
      ("cpu;__rollup__=1h_sum 1 1", "reserved-label"),
      (";a=b 1 1", "missing-measurement"), ("cpu;a 1 1", "bad-tag"), ("cpu; 1 1", "bad-tag"),
      ("cpu;=b 1 1", "bad-tag"), ("cpu;a= 1 1", "empty-tag-value"),
      ("cpu;a=1;a=2 1 1", "duplicate-tag"), ("cpu;__name__=x 1 1", "reserved-label"),
    ])
  func lines(line: String, expected: String) {
    #expect(outcome(Array(line.utf8)) == expected)
    let around = outcome(Array("a 1 1\n\(line)\na 2 2\n".utf8)).split(separator: " | ")
    #expect(around.first == "a 1 @1000000000")
    #expect(around.last == "a 2 @2000000000")
    #expect(around.dropFirst().dropLast().joined(separator: " | ") == expected)
  }

  @Test("limits, invalid UTF-8 and a cut connection")
  func refusals() {
    let tight = LineProtocolLimits(
      lineBytes: 20, labelsPerSeries: 1, labelNameBytes: 2, labelValueBytes: 3)
    #expect(outcome(Array("abcd 1 1".utf8), limits: tight) == "label-too-long")
    #expect(outcome(Array("a;bcd=1 1 1".utf8), limits: tight) == "label-too-long")
    #expect(outcome(Array("a;b=1234 1 1".utf8), limits: tight) == "label-too-long")
    #expect(outcome(Array("a;b=1;c=1 1 1".utf8), limits: tight) == "too-many-labels")
    #expect(outcome(Array("a 1 11111111111111111".utf8), limits: tight) == "line-too-long")
    #expect(outcome([97, 0xff, 32, 49]) == "bad-utf8")
    #expect(outcome(Array("a 1 1\na 2".utf8), end: .cut) == "a 1 @1000000000 | incomplete-line")
  }

  @Test("the same however the input is cut", arguments: propertySeeds(10))
  func cuts(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let pieces = [
      "a", ";b=c", " ", " 1", "\n", "\n", "\r\n", ".5", "=", "#", "\\", "é", "\t", " 17",
    ]
    let text = (0..<60).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
    let input = Array(text.utf8)
    let limits = LineProtocolLimits(lineBytes: 12)
    let whole = outcome(input, limits: limits)
    for cut in input.indices {
      #expect(outcome(input, cuts: [cut], limits: limits) == whole, "seed \(seed), cut \(cut)")
    }
    #expect(outcome(input, cuts: Array(input.indices), limits: limits) == whole, "seed \(seed)")
  }

  @Test("a Graphite path and a line protocol key of the same series have equal labels")
  func sameSeries() {
    var keys = SeriesKeyTable()
    var batch = LineBatch(sampleCapacity: 4_096)
    var graphite = GraphiteParser()
    var influx = LineProtocolParser()
    let first = Array("cpu;host=a 1 1\n".utf8)
    let second = Array("cpu,host=a value=1 1\n".utf8)
    _ = unsafe graphite.parse(first.span.bytes, receivedAt: 0, keys: &keys, into: &batch)
    _ = unsafe influx.parse(second.span.bytes, receivedAt: 0, keys: &keys, into: &batch)
    #expect(batch.sampleCount == 2)
    #expect(keys.keyCount == 1)
  }
}
