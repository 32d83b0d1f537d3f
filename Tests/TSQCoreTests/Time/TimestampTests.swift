import TSQCore
import TSQTestSupport
import Testing

@Suite("Timestamps")
struct TimestampTests {
  static let known: [(text: String, nanoseconds: Int64)] = [
    ("1970-01-01T00:00:00Z", 0),
    ("1969-12-31T23:59:59.999999999Z", -1),
    ("2000-02-29T12:34:56Z", 951_827_696_000_000_000),
    ("2026-03-01T12:00:00.5Z", 1_772_366_400_500_000_000),
    ("1900-03-01T00:00:00Z", -2_203_891_200_000_000_000),
    ("1677-09-21T00:12:43.145224192Z", .min),
    ("2262-04-11T23:47:16.854775807Z", .max),
  ]

  @Test("known instants as text and back", arguments: 0..<known.count)
  func knownInstants(_ index: Int) {
    let (text, nanoseconds) = TimestampTests.known[index]
    #expect(Timestamp(nanoseconds: nanoseconds).description == text)
    #expect(Timestamp(rfc3339: text)?.nanoseconds == nanoseconds)
  }

  @Test("any instant comes back from its text", arguments: propertySeeds())
  func roundTrip(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      let instant = Timestamp(nanoseconds: Int64(bitPattern: random.next()))
      #expect(Timestamp(rfc3339: instant.description) == instant, "seed \(seed): \(instant)")
    }
  }

  @Test(
    "other spellings of one instant",
    arguments: [
      "2026-03-01T12:00:00Z", "2026-03-01t12:00:00z", "2026-03-01 12:00:00Z",
      "2026-03-01T12:00:00.000Z", "2026-03-01T14:00:00+02:00", "2026-03-01T04:30:00-07:30",
    ])
  func spellings(_ text: String) {
    #expect(Timestamp(rfc3339: text)?.nanoseconds == 1_772_366_400_000_000_000)
  }

  @Test("a bare date is its first instant in UTC")
  func bareDate() {
    #expect(Timestamp(rfc3339: "2026-03-01")?.nanoseconds == 1_772_323_200_000_000_000)
  }

  @Test(
    "what is no instant is refused",
    arguments: [
      "", "2026", "2026-3-1", "2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-01-00",
      "2026-03-01T", "2026-03-01T12:00:00", "2026-03-01T24:00:00Z", "2026-03-01T12:60:00Z",
      "2026-03-01T12:00:60Z", "2026-03-01T12:00:00.Z", "2026-03-01T12:00:00.1234567890Z",
      "2026-03-01T12:00:00+2:00", "2026-03-01T12:00:00+24:00", "2026-03-01T12:00:00Zx",
      "2262-04-11T23:47:16.854775808Z", "1600-01-01T00:00:00Z", "9999-01-01", "2026-03-01T12:00Z",
      "２０２６-03-01",
    ])
  func refused(_ text: String) {
    #expect(Timestamp(rfc3339: text) == nil)
  }

  @Test("units that overflow give nothing")
  func overflow() {
    #expect(Timestamp(seconds: 9_223_372_036)?.nanoseconds == 9_223_372_036_000_000_000)
    #expect(Timestamp(seconds: 9_223_372_037) == nil)
    #expect(Timestamp(milliseconds: .max) == nil)
    #expect(Timestamp(milliseconds: -5)?.nanoseconds == -5_000_000)
    #expect(Timestamp(fractionalSeconds: 1e10) == nil)
    #expect(Timestamp(fractionalSeconds: .nan) == nil)
    #expect(Timestamp(fractionalSeconds: .infinity) == nil)
    #expect(Timestamp(fractionalSeconds: -1.5)?.nanoseconds == -1_500_000_000)
    #expect(Timestamp(fractionalSeconds: 0.1)?.nanoseconds == 100_000_000)
    #expect(Timestamp(nanoseconds: -1).milliseconds == -1)
    #expect(Timestamp(nanoseconds: 1_999_999).milliseconds == 1)
    #expect(Timestamp(nanoseconds: -1_500_000_000).fractionalSeconds == -1.5)
  }

  @Test("adding and subtracting hold at the ends")
  func saturation() {
    #expect(Timestamp.distantFuture.adding(nanoseconds: 1) == .distantFuture)
    #expect(Timestamp.distantPast.adding(nanoseconds: -1) == .distantPast)
    #expect(Timestamp(nanoseconds: 5).adding(nanoseconds: -7).nanoseconds == -2)
    #expect(Timestamp.distantFuture.nanoseconds(since: .distantPast) == .max)
    #expect(Timestamp.distantPast.nanoseconds(since: .distantFuture) == .min)
    #expect(Timestamp(nanoseconds: 3).nanoseconds(since: Timestamp(nanoseconds: 10)) == -7)
  }

  @Test("day numbers and dates are each other's inverse over ten thousand years")
  func calendar() {
    var expected = CalendarText.daysSinceEpoch(year: -2_000, month: 1, day: 1)
    for year in -2_000...8_000 {
      for month in 1...12 {
        #expect(CalendarText.daysSinceEpoch(year: year, month: month, day: 1) == expected)
        let last = CalendarText.daysInMonth(year: year, month: month)
        let date = CalendarText.civilDate(daysSinceEpoch: expected + last - 1)
        #expect(date == (year, month, last))
        expected += last
      }
    }
  }
}

@Suite("Time ranges")
struct TimeRangeTests {
  private func range(_ start: Int64, _ end: Int64) -> TimeRange {
    TimeRange(start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: end))
  }

  @Test("both ends are inside")
  func contains() {
    #expect(range(1, 3).contains(Timestamp(nanoseconds: 1)))
    #expect(range(1, 3).contains(Timestamp(nanoseconds: 3)))
    #expect(!range(1, 3).contains(Timestamp(nanoseconds: 4)))
    #expect(TimeRange.all.contains(range(.min, .max)))
    #expect(!range(1, 3).contains(range(1, 4)))
  }

  @Test("left-open windows exclude their start and may be empty")
  func leftOpen() {
    let at = Timestamp(nanoseconds: 5)
    #expect(TimeRange(after: at, through: at) == nil)
    #expect(TimeRange(after: .distantFuture, through: .distantFuture) == nil)
    #expect(TimeRange(after: at, through: Timestamp(nanoseconds: 6)) == range(6, 6))
  }

  @Test("intersection and union")
  func combination() {
    #expect(range(1, 5).intersection(range(5, 9)) == range(5, 5))
    #expect(range(1, 4).intersection(range(5, 9)) == nil)
    #expect(range(1, 2).union(range(8, 9)) == range(1, 9))
    #expect(range(1, 5).overlaps(range(2, 3)))
  }
}

@Suite("Floored division")
struct FlooredDivisionTests {
  @Test("the remainder is never negative", arguments: propertySeeds(5))
  func remainder(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      let number = Int64(bitPattern: random.next())
      let divisor = Int64.random(in: 1...1_000_000_000, using: &random)
      let (quotient, remainder) = number.flooredDivision(by: divisor)
      #expect(remainder >= 0 && remainder < divisor)
      #expect(quotient &* divisor &+ remainder == number)
    }
  }

  @Test("decimal seconds are read and written digit by digit")
  func decimalSeconds() {
    for (text, nanoseconds) in [
      ("0", 0), ("1767312000.000000001", 1_767_312_000_000_000_001), ("-0.5", -500_000_000),
      ("1767312000.123", 1_767_312_000_123_000_000), ("9223372036.854775807", .max),
      ("-9223372036.854775808", .min), ("-1", -1_000_000_000),
    ] as [(String, Int64)] {
      #expect(Timestamp(decimalSeconds: text) == Timestamp(nanoseconds: nanoseconds), "\(text)")
      #expect(Timestamp(nanoseconds: nanoseconds).decimalSeconds == text)
    }
    for text in [
      "", "-", ".", "1.", ".5", "1e3", "+1", "1.0000000001", "9223372036.854775808", "١",
      "-9223372036.854775809", "99999999999999999999", "1.2.3", " 1",
    ] {
      #expect(Timestamp(decimalSeconds: text) == nil, "\(text)")
    }
    #expect(Timestamp(decimalSeconds: "007.50") == Timestamp(nanoseconds: 7_500_000_000))
  }

  @Test("any instant reads back from its decimal seconds", arguments: propertySeeds())
  func decimalSecondsBack(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let time = Timestamp(
      nanoseconds: Int64(bitPattern: random.next()) >> Int64.random(in: 0...63, using: &random))
    #expect(Timestamp(decimalSeconds: time.decimalSeconds) == time, "seed \(seed)")
  }
}
