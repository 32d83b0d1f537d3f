import Foundation
import TSQCodec
import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// Summaries come back bit for bit, and those of ordinary data are small.
@Suite struct SummaryRowTests {
  private func block(_ columns: SampleColumns, series: Int = 0) -> BlockEntry {
    BlockEntry(
      firstTime: columns.times.first ?? 0, lastTime: columns.times.last ?? 0, timesOffset: 36,
      valuesOffset: 36, timesLength: 1, valuesLength: 1, sampleCount: Int32(columns.count),
      series: Int32(series), ordinal: 0)
  }

  private func summary(_ columns: SampleColumns) -> SeriesSummary {
    SeriesSummary(times: columns.times.span, values: columns.values.span)
  }

  private func row(_ summary: SeriesSummary, _ block: BlockEntry, before: Double = 0) -> [UInt8] {
    var context = SummaryContext()
    context.advance(to: block)
    context.valueBefore = before
    var writer = ByteWriter()
    SummaryRow.append(summary, &context, to: &writer)
    return writer.bytes
  }

  /// The bits of every stored number, so that NaNs and signed zeros are told apart.
  private func bits(_ summary: SeriesSummary) -> [UInt64] {
    let moments = summary.moments
    let doubles = [
      summary.firstValue, summary.lastValue, summary.minimum, summary.maximum,
      summary.finiteSum, summary.finiteSumLow, summary.resetSum, moments.meanTime,
      moments.meanValue, moments.sumSquaresTime, moments.sumProducts, moments.sumSquaresValue,
      moments.lagValueValue, moments.lagTimeValue, moments.lagTimeTime, moments.lastTime,
      moments.firstValue, moments.lastValue,
    ]
    let integers = [
      summary.finiteCount, summary.nanCount, summary.positiveInfinityCount,
      summary.negativeInfinityCount, summary.staleCount, Int(summary.firstTime),
      Int(summary.lastTime), Int(summary.minimumTime), Int(summary.maximumTime),
      summary.resetCount, summary.changeCount, moments.count, Int(moments.origin),
    ]
    return doubles.map(\.bitPattern) + integers.map { UInt64(bitPattern: Int64($0)) }
  }

  @Test("the summary of any block comes back bit for bit", arguments: propertySeeds(60))
  func anyBlock(seed: UInt64) throws {
    var random = RandomSeries(seed: seed)
    for _ in 0..<20 {
      let count = Int.random(in: 1...200, using: &random.generator)
      let times = random.times(count: count)
      let columns = SampleColumns(times: times, values: random.values(count: times.count))
      let (entry, truth) = (block(columns), summary(columns))
      let before = random.values(count: 1)[0]
      let row = row(truth, entry, before: before)
      var context = SummaryContext()
      context.advance(to: entry)
      context.valueBefore = before
      var reader = ByteReader(row.rawSpan)
      let found = try SummaryRow.read(from: &reader, &context)
      let atEnd = reader.isAtEnd
      #expect(atEnd, "seed \(seed)")
      #expect(bits(found) == bits(truth), "seed \(seed)")
      #expect(context.valueBefore.bitPattern == truth.lastValue.bitPattern, "seed \(seed)")
    }
  }

  @Test(
    "a number comes back whatever was expected",
    arguments: [
      0.0, -0.0, 1, -1, 0.1, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, 1e308, 0x1p53,
      1 / 3.0,
    ])
  func anyNumber(value: Double) throws {
    let odd = Double(bitPattern: 0x7FF4_0000_0000_0001)
    for expected in [0.0, -0.0, value, value.nextUp, -value, 1e300, .nan, odd, .infinity] {
      for scale in [0, 1, 2, 9, SummaryNumber.noScale] {
        let token = SummaryNumber.token(value, expected: expected, scale: scale)
        let found = try SummaryNumber.value(token, expected: expected, scale: scale)
        #expect(found.bitPattern == value.bitPattern, "expected \(expected), scale \(scale)")
      }
    }
  }

  @Test("every field has a place in a row")
  func fields() { #expect(SummaryField.allCases.map(\.rawValue) == Array(0..<SummaryField.count)) }

  @Test("ranks are the order of doubles, one apart for neighbours")
  func ranks() {
    let least = Double.leastNonzeroMagnitude
    let values = [-Double.infinity, -1, -least, -0.0, 0.0, least, 1, 1.0.nextUp, .infinity]
    let ranks = values.map(SummaryNumber.rank)
    #expect(ranks == ranks.sorted())
    #expect(ranks[4] - ranks[3] == 1)
    #expect(ranks[7] - ranks[6] == 1)
    #expect(ranks.map { SummaryNumber.value(rank: $0).bitPattern } == values.map(\.bitPattern))
  }

  @Test("the moments of times on a grid are expected right up to the last bits")
  func gridMoments() {
    for count in [2, 3, 7, 100, 1_024, 8_192] {
      for step in [Int64(1), 7, 1_000_000_007, 10_000_000_000, 3_600_000_000_000] {
        let times = (0..<count).map { Int64($0) * step - 17 }
        let columns = SampleColumns(times: times, values: times.map { _ in 1 })
        var context = SummaryContext()
        context.advance(to: block(columns))
        let grid = TimeGrid(context)
        let moments = summary(columns).moments
        func distance(_ a: Double, _ b: Double) -> Int64 {
          abs(SummaryNumber.rank(a) - SummaryNumber.rank(b))
        }
        #expect(distance(grid.mean, moments.meanTime) < 100, "\(count) steps of \(step)")
        #expect(distance(grid.squares, moments.sumSquaresTime) < 5_000, "\(count) of \(step)")
        // Three terms of opposite signs nearly cancel where there are few.
        if count > 7 {
          #expect(distance(grid.lagged, moments.lagTimeTime) < 5_000, "\(count) of \(step)")
        }
      }
    }
  }

  @Test("a stored summary must be that of its samples; sums may differ by rounding")
  func agreement() {
    let times = (0..<50).map { Int64($0) * 1_000_000_000 }
    let columns = SampleColumns(times: times, values: times.indices.map { sin(Double($0)) })
    let truth = summary(columns)
    #expect(SummaryAgreement.holds(truth, truth))
    var rounded = truth
    rounded.finiteSum = truth.finiteSum.nextUp
    rounded.moments.sumProducts *= 1 + 1e-13
    #expect(SummaryAgreement.holds(truth, rounded))
    let changes: [(inout SeriesSummary) -> Void] = [
      { $0.finiteCount -= 1 }, { $0.staleCount += 1 }, { $0.changeCount += 1 },
      { $0.firstTime += 1 }, { $0.minimumTime += 1 }, { $0.lastValue = $0.lastValue.nextUp },
      { $0.maximum = 1 }, { $0.finiteSum += 1e-3 }, { $0.resetSum += 1e-3 },
      { $0.moments.meanTime += 1e-3 }, { $0.moments.meanValue += 1e-3 },
      { $0.moments.sumSquaresTime *= 1.001 }, { $0.moments.sumProducts += 1e-2 },
      { $0.moments.sumSquaresValue *= 1.001 }, { $0.moments.lagTimeTime *= 1.001 },
      { $0.moments.lagTimeValue += 1e-2 }, { $0.moments.lagValueValue *= 1.001 },
      { $0.moments.count -= 1 }, { $0.moments.origin += 1 },
    ]
    for (number, change) in changes.enumerated() {
      var changed = truth
      change(&changed)
      #expect(!SummaryAgreement.holds(truth, changed), "change \(number)")
    }
  }

  @Test("summaries of ordinary blocks take few bytes")
  func sizes() {
    let times = (0..<1_024).map { Int64($0) * 10_000_000_000 }
    func size(_ values: [Double]) -> Int {
      let columns = SampleColumns(times: times, values: values)
      return row(summary(columns), block(columns), before: values[0]).count
    }
    #expect(size(times.map { _ in 1 }) <= 10, "a constant")
    var random = SeededGenerator(seed: 1)
    var level = 5_000
    let walk = times.map { _ in
      level += Int.random(in: -9...9, using: &random)
      return level
    }
    #expect(size(walk.map { Double($0) }) <= 66, "whole numbers")
    #expect(size(walk.map { Double($0) / 100 }) <= 72, "two decimals")
  }

  @Test("rows that no writer writes are refused")
  func malformed() {
    let columns = SampleColumns(times: [0, 10, 20], values: [1, 2, 3])
    let entry = block(columns)
    let whole = row(summary(columns), entry)
    func read(_ bytes: [UInt8]) throws -> SeriesSummary {
      var context = SummaryContext()
      context.advance(to: entry)
      var reader = ByteReader(bytes.rawSpan)
      return try SummaryRow.read(from: &reader, &context)
    }
    for length in whole.indices {
      #expect(throws: ByteReadError.self) { try read(Array(whole[..<length])) }
    }
    #expect(throws: InvalidPart.self) { try read([0x0A] + whole.dropFirst()) }
    #expect(throws: InvalidPart.self) { try read([0xA0] + whole.dropFirst()) }
    var counts = ByteWriter()
    counts.append(UInt8(0))
    counts.append(varint: UInt64(1) << (2 * UInt64(SummaryField.nanCount.rawValue)))
    counts.append(zigzag: 4)
    #expect(throws: InvalidPart.self, "four NaNs among three samples") { try read(counts.bytes) }
  }
}
