import TSQCore
import Testing

@Suite("Numbers in words")
struct WordsTextTests {
  @Test("one is singular, none and several are plural")
  func plurals() {
    #expect(CountText.text(1, "gap") == "1 gap")
    #expect(CountText.text(0, "gap") == "0 gaps")
    #expect(CountText.text(2, "entry", "entries") == "2 entries")
  }

  @Test("no estimate is called certain or impossible")
  func chances() {
    let shown = [0, 0.0001, 0.0049, 0.006, 0.5, 0.994, 0.9951, 0.9999, 1].map(ChanceText.text)
    #expect(
      shown == [
        "< 1 %", "< 1 %", "< 1 %", "1 %", "50 %", "99 %", "> 99 %", "> 99 %", "> 99 %",
      ])
  }
}
