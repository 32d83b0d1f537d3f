import TSQClient
import TSQTestSupport
import Testing

@Suite("Giving lines a time")
struct LineStamperTests {
  private func stamped(_ text: String) -> String {
    String(decoding: LineStamper.stamp(Array(text.utf8), timestamp: 99), as: UTF8.self)
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
      ("# a comment\n\ncpu v=1\n", "# a comment\n\ncpu v=1 99\n"),
      ("", ""),
      ("\n", "\n"),
      ("broken\n", "broken\n"),
      ("a\"b c=1\n", "a\"b c=1 99\n"),
      ("m t=\"two\nlines\",v=1\nn v=2\n", "m t=\"two\nlines\",v=1 99\nn v=2 99\n"),
      ("m t=\"open\n", "m t=\"open\n"),
      ("m v=1\\\n", "m v=1\\\n"),
    ])
  func lines(input: String, expected: String) {
    #expect(stamped(input) == expected)
  }

  @Test("Stamping twice changes nothing more", arguments: propertySeeds())
  func idempotent(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let alphabet = Array("ab=, \\\"#1\n\r".utf8)
    for _ in 0..<200 {
      let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
      }
      let once = LineStamper.stamp(bytes, timestamp: 5)
      #expect(
        LineStamper.stamp(once, timestamp: 6) == once,
        "seed \(seed): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
    }
  }
}

@Suite("Cutting a stream into batches")
struct BatchCutterTests {
  @Test("Batches are whole lines and together the stream", arguments: propertySeeds())
  func wholeLines(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let stream = (0..<500).map { _ in
      UInt8.random(in: 0..<6, using: &generator) == 0 ? UInt8(10) : UInt8(97)
    }
    var cutter = BatchCutter(targetBytes: 32)
    var batches: [[UInt8]] = []
    var position = 0
    while position < stream.count {
      let count = min(stream.count - position, Int.random(in: 1...20, using: &generator))
      cutter.append(Array(stream[position..<position + count]))
      position += count
      while let batch = cutter.next() { batches.append(batch) }
    }
    if let rest = cutter.finish() { batches.append(rest) }
    let joined = batches.flatMap { $0 }
    #expect(joined == (stream.last == 10 ? stream : stream + [10]), "seed \(seed)")
    #expect(batches.allSatisfy { $0.last == 10 }, "seed \(seed)")
    #expect(cutter.finish() == nil)
  }

  @Test("A line longer than the target stays whole")
  func longLine() {
    var cutter = BatchCutter(targetBytes: 4)
    cutter.append(Array("abcdefgh".utf8))
    #expect(cutter.next() == nil)
    cutter.append(Array("ij\nk\n".utf8))
    #expect(cutter.next() == Array("abcdefghij\n".utf8))
  }
}
