import TSQCodec
import TSQCore
import TSQTestSupport
import Testing

@testable import TSQClient

@Suite("Making batches of a stream")
struct LineBatcherTests {
  private let time = Timestamp(nanoseconds: 99)

  private func batches(
    _ text: String, precision: LinePrecision = .nanoseconds, targetBytes: Int = 1 << 20
  ) -> [LineBatcher.Batch] {
    var batcher = LineBatcher(precision: precision, targetBytes: targetBytes)
    return batcher.append(Array(text.utf8), readAt: time) + batcher.finish()
  }

  private func text(_ batches: [LineBatcher.Batch]) -> String {
    String(decoding: batches.flatMap(\.lines), as: UTF8.self)
  }

  @Test(
    "Only a line without a time gets one",
    arguments: [
      ("cpu usage=1\n", "cpu usage=1 99\n"),
      ("cpu usage=1 5\n", "cpu usage=1 5\n"),
      ("cpu,host=a usage=1,idle=2", "cpu,host=a usage=1,idle=2 99\n"),
      ("cpu,host=a\\ b usage=1\n", "cpu,host=a\\ b usage=1 99\n"),
      ("cpu text=\"a b c\"\n", "cpu text=\"a b c\" 99\n"),
      ("cpu text=\"a \\\" b\",v=1 7\n", "cpu text=\"a \\\" b\",v=1 7\n"),
      ("cpu usage=1  \n", "cpu usage=1 99\n"),
      ("cpu usage=1\r\n", "cpu usage=1 99\n"),
      ("cpu usage=1 5\r\nmem v=1 6\n", "cpu usage=1 5\nmem v=1 6\n"),
      ("# a comment\n\ncpu v=1\n", "# a comment\n\ncpu v=1 99\n"),
      ("", ""),
      ("\n", "\n"),
      ("broken\n", "broken\n"),
      ("a\"b c=1\n", "a\"b c=1 99\n"),
      ("m t=\"two\nlines\",v=1\nn v=2\n", "m t=\"two\nlines\",v=1 99\nn v=2 100\n"),
      ("m t=\"open\n", "m t=\"open\n"),
      ("m v=1\\\n", "m v=1\\\n"),
    ])
  func lines(input: String, expected: String) {
    #expect(text(batches(input)) == expected)
  }

  @Test("Lines that are read at once get times one after the other, so that none replaces another")
  func distinctStamps() {
    var batcher = LineBatcher()
    _ = batcher.append(Array("a v=1\na v=2\n".utf8), readAt: Timestamp(nanoseconds: 50))
    _ = batcher.append(Array("a v=3\n".utf8), readAt: Timestamp(nanoseconds: 51))
    _ = batcher.append(Array("a v=4\na v=5\n".utf8), readAt: Timestamp(nanoseconds: 70))
    #expect(text(batcher.finish()) == "a v=1 50\na v=2 51\na v=3 52\na v=4 70\na v=5 71\n")
  }

  @Test("A time is given in the lines' own unit")
  func unit() {
    var batcher = LineBatcher(precision: .seconds)
    let now = Timestamp(nanoseconds: 1_700_000_000_900_000_000)
    #expect(batcher.append(Array("a v=1\nb v=1 7\n".utf8), readAt: now).isEmpty)
    #expect(text(batcher.finish()) == "a v=1 1700000000\nb v=1 7\n")
    #expect(batcher.stampedLines == 1)
  }

  @Test("An order to the server changes the unit or is emptied, and lines keep their numbers")
  func orders() {
    let found = batches(
      "a v=1 1\n# tsq precision=s\nb v=1 2\n# tsq sync 9\n# tsq nonsense\nc v=1 3\n")
    #expect(found.map(\.precision) == [.nanoseconds, .seconds])
    #expect(found.map(\.firstLine) == [1, 2])
    #expect(text([found[0]]) == "a v=1 1\n")
    #expect(text([found[1]]) == "#\nb v=1 2\n#\n#\nc v=1 3\n")
  }

  @Test("A byte order mark before the first line is left out, and the order behind it is obeyed")
  func byteOrderMark() {
    let stream = Array("\u{feff}# tsq precision=s\na v=1 1\n\u{feff}b v=1 2\n".utf8)
    for cut in 0...stream.count {
      var batcher = LineBatcher()
      var found = batcher.append(Array(stream[..<cut]), readAt: time)
      found += batcher.append(Array(stream[cut...]), readAt: time) + batcher.finish()
      #expect(text(found) == "#\na v=1 1\n\u{feff}b v=1 2\n", "cut at \(cut)")
      #expect(found.last?.precision == .seconds)
    }
  }

  @Test("A unit that nobody knows ends the stream, with the lines before it kept")
  func unknownUnit() {
    var batcher = LineBatcher()
    var found = batcher.append(Array("a v=1 1\n# tsq precision=xx\nb v=1 2\n".utf8), readAt: time)
    found += batcher.append(Array("c v=1 3\n".utf8), readAt: time) + batcher.finish()
    #expect(text(found) == "a v=1 1\n")
    #expect(batcher.fault == .init(line: 2, text: "xx"))
  }

  @Test("An order ends a quoted value, and a batch does not end inside one")
  func quotes() {
    let open = batches("a s=\"x\n# tsq precision=ms\nb v=1 1\n")
    #expect(open.map(\.precision) == [.nanoseconds, .milliseconds])
    #expect(text(open) == "a s=\"x\n#\nb v=1 1\n")
    let long = batches("a s=\"1\n2\n3\n4\" 1\nb v=1 1\n", targetBytes: 4)
    #expect(long.map { text([$0]) } == ["a s=\"1\n2\n3\n4\" 1\n", "b v=1 1\n"])
    #expect(long.map(\.firstLine) == [1, 5])
  }

  @Test("A stream that pauses gives its whole lines")
  func pauses() {
    var batcher = LineBatcher()
    #expect(batcher.cut() == nil)
    #expect(batcher.append(Array("a v=1 1\nb s=\"x\ny".utf8), readAt: time).isEmpty)
    #expect(batcher.cut().map { text([$0]) } == "a v=1 1\n")
    #expect(batcher.cut() == nil)
    #expect(batcher.append(Array("\" 5\nc v=1".utf8), readAt: time).isEmpty)
    #expect(
      batcher.cut()
        == .init(
          lines: Array("b s=\"x\ny\" 5\n".utf8), precision: .nanoseconds, firstLine: 2))
    let last = batcher.finish()
    #expect(text(last) == "c v=1 99\n")
    #expect(last.map(\.firstLine) == [4])
  }

  @Test("A forgotten quote does not hold the stream back for ever")
  func forgottenQuote() {
    let many = String(repeating: "b v=1 1\n", count: 20_000)
    #expect(batches("a s=\"x\n" + many, targetBytes: 1_000).count > 50)
  }

  @Test("Cut anywhere it says the same, each line in its place", arguments: propertySeeds())
  func anyCut(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let pieces = [
      "a v=1 1\n", "b v=2\r\n", "# tsq precision=s\n", "# tsq sync 1\n", "c s=\"x\ny\" 3\n", "\n",
      "d s=\"\n", "# note\n", "e v=\"\\\n\"\n", "f",
    ]
    for _ in 0..<50 {
      let stream = (0..<Int.random(in: 0...30, using: &random))
        .map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
      let bytes = Array(stream.utf8)
      let target = Int.random(in: 1...60, using: &random)
      var batcher = LineBatcher(targetBytes: target)
      var found: [LineBatcher.Batch] = []
      var position = 0
      while position < bytes.count {
        let count = min(bytes.count - position, Int.random(in: 1...12, using: &random))
        found += batcher.append(Array(bytes[position..<position + count]), readAt: time)
        position += count
        if Int.random(in: 0..<4, using: &random) == 0, let batch = batcher.cut() {
          found.append(batch)
        }
      }
      found += batcher.finish()
      #expect(text(found) == text(batches(stream)), "seed \(seed)")
      #expect(found.allSatisfy { $0.lines.last == 10 }, "seed \(seed)")
      var line = 1
      for batch in found {
        #expect(batch.firstLine == line, "seed \(seed)")
        line += batch.lines.count { $0 == 10 }
      }
      let ends = bytes.isEmpty || bytes.last == 10 ? 0 : 1
      #expect(line - 1 == bytes.count { $0 == 10 } + ends, "seed \(seed)")
    }
  }
}
