import TSQCapacity
import Testing

/// Digits enough to tell numbers apart, and no more.
@Suite struct MetricUnitApartTests {
  /// Each entry: the unit, the value, the gap to be seen, the text.
  static let cases: [(MetricUnit, Double, Double, String)] = [
    (.number, 1_000_005.5, 0.5, "1000005.5"), (.number, 1_000_000_005.5, 1.25, "1000000006"),
    (.number, 1_000_000_005.5, 0.3, "1000000005.5"), (.number, 0.123456, 1, "0.12346"),
    (.number, 0.5, 1e-9, "0.5"), (.number, 0.500000001, 1e-9, "0.500000001"),
    (.number, 123_456.7, .infinity, "123457"), (.number, 54.5, .infinity, "54.5"),
    (.number, 0, 1e-9, "0"), (.number, -1_000_005.5, 0.5, "-1000005.5"),
    (.number, 1.5e300, 1e299, "1.5e+300"), (.number, 1e-7, 1e-9, "1e-07"),
    (.fraction, 0.912, 0.1, "91.2 %"), (.fraction, 0.91204, 0.00002, "91.2 %"),
    (.percent, 91.2, 10, "91.2 %"), (.count, 1_000_000_005, 3, "1000000005"),
    (.count, 1234.4, 100, "1234"), (.perSecond, 1234.4, 0.5, "1234.4/s"),
    (.seconds, 12.3456, 5, "12.35 s"), (.bytes, 1_610_612_736, 1e9, "1.50 GiB"),
    (.bytes, 1_610_612_736, 100, "1610612736 B"),
  ]

  @Test("a gap that the usual digits hide is shown", arguments: cases.indices)
  func apart(index: Int) {
    let (unit, value, gap, text) = Self.cases[index]
    #expect(unit.text(value, apart: gap) == text)
  }

  @Test(
    "a limit is shown as it was given",
    arguments: [
      (MetricUnit.number, 1_000_005.5, "1000005.5"), (.number, 1_000_000_005.5, "1000000005.5"),
      (.number, 0.9, "0.9"), (.number, 30, "30"), (.fraction, 0.9, "90.0 %"),
      (.fraction, 0.95123, "95.123 %"), (.count, 1_000_000_005, "1000000005"), (.number, 0, "0"),
    ])
  func limit(unit: MetricUnit, limit: Double, text: String) {
    #expect(unit.text(limit: limit) == text)
  }
}
