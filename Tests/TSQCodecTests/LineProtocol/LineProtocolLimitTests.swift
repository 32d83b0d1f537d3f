import TSQCodec
import TSQCore
import Testing

/// Limits, line numbers and what a caller sees besides the samples.
@Suite struct LineProtocolLimitTests {
  private func events(_ text: String, _ limits: LineProtocolLimits) -> [ParseEvent] {
    var driver = ParseDriver(limits: limits)
    return driver.run(Array(text.utf8)).dropLast()
  }

  /// The codes of the rejected lines of an input.
  private func codes(_ text: String, _ limits: LineProtocolLimits) -> [String] {
    events(text, limits).compactMap {
      if case .rejected(_, let reason) = $0 { reason.rawValue } else { nil }
    }
  }

  @Test("each limit lets through what just fits, and refuses one more")
  func limits() {
    let line = LineProtocolLimits(lineBytes: 10)
    #expect(codes("abc v=1 12\n", line) == [])
    #expect(codes("abc v=1 123\n", line) == ["line-too-long"])
    #expect(codes("# 456789012\n", line) == ["line-too-long"])
    let fields = LineProtocolLimits(fieldsPerLine: 2)
    #expect(codes("m a=1,b=2\n", fields) == [])
    #expect(codes("m a=1,b=2,c=\"x\"\n", fields) == ["too-many-fields"])
    let labels = LineProtocolLimits(labelsPerSeries: 2)
    #expect(codes("m,a=1,b=2 v=1\n", labels) == [])
    #expect(codes("m,a=1,b=2,c=3 v=1\n", labels) == ["too-many-labels"])
    let names = LineProtocolLimits(labelNameBytes: 3)
    #expect(codes("m,a\\ b=1 v=1\n", names) == [])
    #expect(codes("m,abcd=1 v=1\n", names) == ["label-too-long"])
    let values = LineProtocolLimits(labelValueBytes: 4)
    #expect(codes("m,a=1\\,34 v=1\n", values) == [])
    #expect(codes("m,a=12345 v=1\n", values) == ["label-too-long"])
    #expect(codes("ab v=1\n", values) == [])
    #expect(codes("abc v=1\n", values) == ["label-too-long"])
  }

  @Test("a line without end takes bounded memory and is one rejection")
  func endlessLine() {
    var parser = LineProtocolParser(limits: LineProtocolLimits(lineBytes: 1_000))
    var keys = SeriesKeyTable()
    var batch = LineBatch(sampleCapacity: 8_192)
    var pending: [UInt8] = []
    for _ in 0..<100 {
      pending += [UInt8](repeating: 120, count: 99)
      let progress = unsafe parser.parse(
        pending.span.bytes, receivedAt: 0, keys: &keys, into: &batch)
      pending.removeFirst(progress.consumed)
      #expect(pending.count <= 1_000)
    }
    pending += Array("\nm value=1 2\n".utf8)
    _ = unsafe parser.parse(pending.span.bytes, receivedAt: 0, keys: &keys, into: &batch)
    #expect(batch.rejected.map(\.reason) == [.lineTooLong])
    #expect(batch.rejected.first?.excerpt.count == RejectedLine.excerptBytes)
    #expect(batch.lines.map(\.number) == [2])
    #expect(parser.lineNumber == 3)
  }

  @Test("an open quote swallows no good line behind it")
  func openQuote() {
    let text = "m s=\"open 1\nm value=1 5\nm value=2 6\n"
    let found = events(text, LineProtocolLimits())
    #expect(found.first == .rejected(line: 1, reason: .unterminatedString))
    #expect(found.count == 3)
    // With text behind the closing quote it was no value: the line ends at its first newline.
    #expect(codes("m s=\"a\nm t=\"b\" 1\nm value=1\n", LineProtocolLimits()) == ["bad-field-value"])
  }

  @Test("numbers and byte ranges point at the lines of the input, known keys or not")
  func positions() {
    let text = "# x\n\nm value=1 1\r\nbad\n  m s=\"a\nb\",value=2 2\nm value=3 3\nm value=4 4"
    let bytes = Array(text.utf8)
    var keys = SeriesKeyTable()
    for _ in 0..<2 {
      var parser = LineProtocolParser()
      var batch = LineBatch(sampleCapacity: 8_192)
      var rest = bytes
      while !rest.isEmpty {
        let progress = unsafe parser.parse(
          rest.span.bytes, receivedAt: 0, end: .complete, keys: &keys, into: &batch)
        rest.removeFirst(progress.consumed)
      }
      #expect(batch.lines.map(\.number) == [3, 5, 7, 8])
      #expect(
        batch.lines.map { String(decoding: bytes[$0.bytes], as: UTF8.self) } == [
          "m value=1 1", "  m s=\"a\nb\",value=2 2", "m value=3 3", "m value=4 4",
        ])
      #expect(batch.lines.map(\.samples) == [0..<1, 1..<2, 2..<3, 3..<4])
      #expect(batch.rejected.map(\.number) == [4])
      #expect(batch.rejected.map { String(decoding: bytes[$0.bytes], as: UTF8.self) } == ["bad"])
      #expect(batch.lineCount == 5)
      #expect(batch.ignoredStringFields == 1)
      #expect(parser.consumedBytes == bytes.count)
    }
  }

  @Test("a cut connection's half line is rejected, a whole input's last line is not")
  func ends() {
    let text = Array("m value=1 1\nm value=22".utf8)
    var cut = ParseDriver(end: .cut)
    #expect(cut.run(text).dropFirst().first == .rejected(line: 2, reason: .incompleteLine))
    var whole = ParseDriver(end: .complete)
    #expect(whole.run(text).count == 3)
    #expect(!whole.run(text).contains(.rejected(line: 2, reason: .incompleteLine)))
  }

  @Test("integers past 2^53 are counted where they are rounded")
  func rounded() {
    var driver = ParseDriver()
    let text =
      "m a=9007199254740993i,b=9007199254740994i,c=-9007199254740993i,d=9007199254740993u\n"
    let twice = Array((text + text + String(repeating: "#", count: 60)).utf8)
    #expect(driver.run(twice).last == .counts(strings: 0, rounded: 6))
  }

  @Test("a refused line leaves no key behind")
  func refusedLinesAddNothing() {
    var keys = SeriesKeyTable()
    var driver = ParseDriver()
    let bad = [
      "n,a=1 v=1,w=x", "n,b=1 v=1 x", "n,c=1,c=2 v=1", "m,h=a v=1,new=1 9999999999999999999",
    ]
    let text = "m,h=a v=1 1\n" + bad.joined(separator: "\n") + "\n"
    _ = driver.run(Array(text.utf8), keys: &keys)
    #expect(keys.keyCount == 1)
  }

  @Test("new keys are told once, and emptying the table raises its generation")
  func newKeys() {
    var keys = SeriesKeyTable()
    var driver = ParseDriver()
    _ = driver.run(Array("m a=1,s=\"x\",b=2\nm,h=1 a=1\n".utf8), keys: &keys)
    #expect(keys.newKeys == 0..<3)
    keys.markKeysResolved()
    #expect(keys.newKeys.isEmpty)
    _ = driver.run(Array("m a=1,s=3\nm h=\"x\"\n".utf8), keys: &keys)
    #expect(keys.newKeys == 3..<4)
    #expect(keys.labels(of: 3) == Labels(metric: "m_s"))
    keys.removeAll()
    #expect(keys.keyCount == 0)
    #expect(keys.generation == 1)
    #expect(keys.newKeys.isEmpty)
  }

  @Test("every code is of lower-case words, and has a message")
  func codesAreStable() {
    for reason in RejectReason.allCases {
      #expect(reason.rawValue.wholeMatch(of: /[a-z0-9]+(-[a-z0-9]+)*/) != nil)
      #expect(!reason.message.isEmpty)
    }
    #expect(Set(RejectReason.allCases.map(\.rawValue)).count == RejectReason.allCases.count)
  }
}
