import TSQCodec
import Testing

/// Files written on Windows begin with three bytes that say nothing.
@Suite("A byte order mark at the start of an input") struct ByteOrderMarkTests {
  private static let texts: [(LineFormat, String)] = [
    (.lineProtocol, "a v=1 5\nb v=2 6\n"), (.lineProtocol, "# note\na v=1 5\n"),
    (.graphite, "a 1 5\nb 2 6\n"), (.prometheus, "# TYPE a counter\na 1 5\nb 2 6\n"),
    (.csv, "series,timestamp,value\na,5,1\nb,6,2\n"), (.csv, "a,5,1\n"),
  ]

  @Test(
    "It is passed over in every format that allows it, however the input is cut", arguments: texts)
  func passedOver(format: LineFormat, text: String) {
    let expected = outcome(format.parser(), Array(text.utf8))
    #expect(!expected.contains { $0.first?.isNumber == true }, "\(expected)")
    let marked = Array("\u{feff}\(text)".utf8)
    for cut in 0...marked.count {
      #expect(outcome(format.parser(), marked, cuts: [cut]) == expected, "cut at \(cut)")
    }
    #expect(outcome(format.parser(), Array("\u{feff}".utf8)) == [])
  }

  @Test(
    "In the middle it is a character like any other",
    arguments: [LineFormat.lineProtocol, .graphite])
  func middle(format: LineFormat) {
    let text = format == .lineProtocol ? "v=1 5" : "1 5"
    let read = outcome(
      format.parser(), Array("\u{feff}\u{feff}a \(text)\n\u{feff}b \(text)\n".utf8))
    #expect(read.count == 2 && read.allSatisfy { $0.contains("\u{feff}") }, "\(read)")
  }

  @Test("A line's place in the input counts the mark, so that a rejected line is kept without it")
  func places() {
    var parser = LineFormat.lineProtocol.parser()
    var keys = SeriesKeyTable()
    var batch = LineBatch()
    let bytes = Array("\u{feff}bad\na v=1 5\n".utf8)
    _ = unsafe parser.parse(
      bytes.span.bytes, receivedAt: 0, end: .complete, keys: &keys, into: &batch)
    #expect(batch.rejected.map { Array(bytes[$0.bytes]) } == [Array("bad".utf8)])
    #expect(batch.lines.map(\.number) == [2])
  }

  /// OpenMetrics 1.0: "Byte Order Markers (BOM) MUST NOT be used".
  @Test("OpenMetrics forbids it, and says so")
  func openMetrics() {
    let text = Array("\u{feff}# TYPE a gauge\na 1 5\n# EOF\n".utf8)
    for cut in 0...text.count {
      let read = outcome(ExpositionParser(.openMetrics), text, cuts: [cut])
      #expect(read == ["1:byte-order-mark", "a 1 @5000000000"])
      #expect(outcome(OpenMetricsLetters(), text, cuts: [cut]) == read)
    }
    #expect(RejectReason.byteOrderMark.message.contains("forbids the byte order mark"))
  }

  @Test("Rejected lines of OpenMetrics are no exposition: an editor may leave the mark before them")
  func letters() {
    let head =
      "\u{feff}# rejected time=2026-03-01T12:00:00Z from=127.0.0.1:5 line=9 reason=bad-value\n"
    let text = Array((head + "a 1 5\n").utf8)
    for cut in 0...text.count {
      #expect(outcome(OpenMetricsLetters(), text, cuts: [cut]) == ["a 1 @5000000000"])
    }
  }
}
