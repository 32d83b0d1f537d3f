import TSQCore
import TSQTestSupport
import Testing

@Suite("Durations as text")
struct DurationTextTests {
  @Test(
    "what people write",
    arguments: [
      ("0", 0), ("5ms", 5_000_000), ("1h30m", 5_400_000_000_000), ("90s", 90_000_000_000),
      ("7d", 604_800_000_000_000), ("1w", 604_800_000_000_000), ("1y", 31_536_000_000_000_000),
      ("604800s", 604_800_000_000_000), ("21600000ms", 21_600_000_000_000), ("1us500ns", 1_500),
      ("0s", 0), ("1d0h", 86_400_000_000_000),
    ] as [(String, Int64)])
  func reads(_ text: String, _ nanoseconds: Int64) {
    #expect(DurationText.nanoseconds(text) == nanoseconds)
  }

  @Test(
    "what is no duration",
    arguments: [
      "", "5", "m", "1.5h", "-5m", "30m1h", "1h1h", "5 m", "5M", "300y", "1h30", "h1", "1min", "٣m",
      "99999999999999999999s",
    ])
  func refuses(_ text: String) {
    #expect(DurationText.nanoseconds(text) == nil)
  }

  @Test(
    "the shortest text",
    arguments: [
      (0, "0s"), (5_400_000_000_000, "1h30m"), (86_400_000_000_000, "1d"),
      (604_800_000_000_000, "7d"), (2_592_000_000_000_000, "30d"), (31_536_000_000_000_000, "1y"),
      (1_500_000, "1ms500us"), (-60_000_000_000, "-1m"), (1, "1ns"),
    ] as [(Int64, String)])
  func writes(_ nanoseconds: Int64, _ text: String) {
    #expect(DurationText.text(nanoseconds: nanoseconds) == text)
  }

  @Test("any duration comes back from its text", arguments: propertySeeds())
  func roundTrip(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      let duration = Int64(random.next() >> UInt64(random.next() % 62 + 1))
      let text = DurationText.text(nanoseconds: duration)
      #expect(DurationText.nanoseconds(text) == duration, "seed \(seed): \(text)")
    }
    #expect(DurationText.text(nanoseconds: .min).hasPrefix("-"))
  }
}
