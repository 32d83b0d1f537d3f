import TSQCodec
import TSQTestSupport
import Testing

/// Rejected lines that somebody mended, read again.
@Suite struct OpenMetricsLettersTests {
  private static let head = "# rejected time=2026-03-01T12:00:00Z from=127.0.0.1:5 line=9 reason="

  @Test("each letter is an exposition of its own, and no comment or end is missed")
  func mended() {
    let text = """
      \(Self.head)bad-value
      a_total{job="x"} 1 5
      \(Self.head)bad-for-type
      # TYPE a gauge
      \(Self.head)not-contiguous
      b 2 6
      \(Self.head)bad-eof

      \(Self.head)bad-for-type
      a{job="x"} 3 7
      \(Self.head)bad-value
      b nothing 8
      # EOF

      """
    let expected = [
      "a_total{job=\"x\"} 1 @5000000000", "b 2 @6000000000", "a{job=\"x\"} 3 @7000000000",
      "12:bad-value",
    ]
    #expect(outcome(OpenMetricsLetters(), Array(text.utf8)) == expected)
    // The last line may lack its newline.
    #expect(outcome(OpenMetricsLetters(), Array(text.utf8.dropLast(7))) == expected)
  }

  @Test("the result is the same however the input is cut", arguments: propertySeeds(20))
  func cuts(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var text = ""
    for line in 0..<40 {
      let kind = Int.random(in: 0...5, using: &random)
      text += kind == 0 ? "" : Self.head + "bad-value\n"
      text +=
        ["m \(line) 1\n", "m x 1\n", "\n", "# TYPE m counter\n", "n_total 1 2\n"][
          Int.random(in: 0...4, using: &random)]
    }
    text = Self.head + "bad-value\n" + text
    let bytes = Array(text.utf8)
    let cuts = (0..<10).map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted()
    let whole = outcome(OpenMetricsLetters(), bytes)
    #expect(!whole.isEmpty)
    #expect(outcome(OpenMetricsLetters(), bytes, cuts: cuts) == whole, "seed \(seed)")
  }

  @Test("any other file is OpenMetrics as strictly as ever")
  func expositions() {
    for text in ["a 1 5\n# EOF\n", "a 1 5\n", "# rejected\na 1\n# EOF\n", "", "# rej"] {
      let bytes = Array(text.utf8)
      #expect(
        outcome(OpenMetricsLetters(), bytes) == outcome(ExpositionParser(.openMetrics), bytes),
        "\(text)")
    }
  }
}
