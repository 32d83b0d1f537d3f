import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

@Suite("Head")
struct HeadSeriesTests {
  @Test("any order of arrival gives sorted samples and exact counts", arguments: propertySeeds(8))
  func anyOrder(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var series = HeadSeries()
    var model: [Int64: Double] = [:]
    for step in 0..<3000 {
      let time =
        step % 3 == 0 ? Int64(step) : Int64.random(in: -500...3000, using: &generator)
      let value = Double.random(in: 0...1, using: &generator)
      #expect(series.contains(time: time) == (model[time] != nil))
      #expect(series.insert(time: time, value: value) == (model[time] != nil), "seed \(seed)")
      model[time] = value
    }
    try check(series, model, seed)
    let range = TimeRange(
      start: Timestamp(nanoseconds: 100), end: Timestamp(nanoseconds: 1500))
    let inside = model.keys.filter { (100...1500).contains($0) }
    let removed = series.remove(in: range)
    #expect(removed == inside.count, "seed \(seed)")
    for time in inside { model[time] = nil }
    try check(series, model, seed)
    #expect(!series.hasSamples(in: range))
    #expect(series.remove(in: range) == 0)
  }

  @Test("a few samples come, are replaced and go as many do", arguments: propertySeeds(40))
  func few(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var series = HeadSeries()
    var model: [Int64: Double] = [:]
    for _ in 0..<200 {
      let time = Int64.random(in: 0...90, using: &generator)
      if Int.random(in: 0..<8, using: &generator) == 0 {
        let last = time + Int64.random(in: 0...20, using: &generator)
        let range = TimeRange(
          start: Timestamp(nanoseconds: time), end: Timestamp(nanoseconds: last))
        let inside = model.keys.filter { (time...last).contains($0) }
        #expect(series.hasSamples(in: range) == !inside.isEmpty, "seed \(seed)")
        #expect(series.remove(in: range) == inside.count, "seed \(seed)")
        for time in inside { model[time] = nil }
      } else {
        let value = Double.random(in: 0...1, using: &generator)
        #expect(series.contains(time: time) == (model[time] != nil), "seed \(seed)")
        #expect(series.insert(time: time, value: value) == (model[time] != nil), "seed \(seed)")
        model[time] = value
      }
      #expect(series.count == model.count && series.isEmpty == model.isEmpty, "seed \(seed)")
      try check(series, model, seed)
    }
  }

  @Test("runs of any order and place give what single samples give", arguments: propertySeeds(12))
  func runs(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let olderBatch = batch(samples: 2_000, series: 5, span: 4_000, &generator)
    var (older, plain, grouped) = (Head(), Head(), Head())
    _ = older.insert(olderBatch, older: nil)
    for _ in 0..<12 {
      let series = Int.random(in: 1...9, using: &generator)
      let next = batch(
        samples: Int.random(in: 1...900, using: &generator), series: series, span: 5_000, &generator
      )
      var one = 0
      for index in next.times.indices {
        let single = SampleBatch(
          series: [next.series[index]], times: [next.times[index]], values: [next.values[index]])
        one += plain.insert(single, older: older)
      }
      #expect(grouped.insert(next, older: older) == one, "seed \(seed)")
      #expect(grouped.sampleCount == plain.sampleCount, "seed \(seed)")
      #expect(grouped.seriesIDs == plain.seriesIDs, "seed \(seed)")
      for id in plain.seriesIDs {
        #expect(columns(grouped, id) == columns(plain, id), "seed \(seed)")
        let chunks = grouped.series(id)?.pieces ?? []
        let isSound = chunks.allSatisfy { !$0.isEmpty && $0.count <= HeadSeries.chunkLimit }
        #expect(isSound, "seed \(seed)")
      }
    }
  }

  /// Stretches of ascending times, some of them shuffled or repeated, over some series in turn.
  private func batch(
    samples: Int, series: Int, span: Int64, _ generator: inout SeededGenerator
  ) -> SampleBatch {
    var batch = SampleBatch()
    var time = Int64.random(in: 0...span, using: &generator)
    let isWild = Int.random(in: 0...3, using: &generator) == 0
    for index in 0..<samples {
      if index % series == 0 {
        time = isWild ? Int64.random(in: 0...span, using: &generator) : time + 1
      }
      batch.append(
        series: SeriesID(rawValue: UInt32(index % series + 250)), time: time,
        value: Double.random(in: 0...1, using: &generator))
    }
    return batch
  }

  private func columns(_ head: Head, _ id: SeriesID) -> [[Double]] {
    var columns = SampleColumns()
    head.series(id)?.copy(in: .all, into: &columns)
    return [columns.times.map(Double.init), columns.values]
  }

  private func check(_ series: HeadSeries, _ model: [Int64: Double], _ seed: UInt64) throws {
    var columns = SampleColumns()
    series.copy(in: .all, into: &columns)
    #expect(columns.times == model.keys.sorted(), "seed \(seed)")
    #expect(columns.values == columns.times.compactMap { model[$0] }, "seed \(seed)")
    #expect(series.count == model.count)
    #expect(series.timeRange?.start.nanoseconds == model.keys.min())
    #expect(series.timeRange?.end.nanoseconds == model.keys.max())
    let isSmall = series.pieces.allSatisfy { $0.count <= HeadSeries.chunkLimit && !$0.isEmpty }
    #expect(isSmall, "seed \(seed)")
  }

  @Test("a copy of a head does not change with it")
  func copies() {
    var head = Head()
    let (a, b) = (SeriesID(rawValue: 0), SeriesID(rawValue: 700))
    head.cover(1)
    let first = head.insert(
      SampleBatch(series: [a, b, a], times: [1, 1, 1], values: [1, 2, 3]), older: nil)
    #expect(first == 1)
    let held = head
    head.cover(2)
    #expect(head.insert(SampleBatch(series: [a], times: [0], values: [9]), older: nil) == 0)
    head.remove([b], in: .all)
    #expect(held.sampleCount == 2)
    #expect(held.series(a)?.count == 1)
    #expect(held.series(b)?.count == 1)
    #expect(head.sampleCount == 2)
    #expect(head.series(b) == nil)
    #expect(head.seriesIDs == [a])
    #expect(head.sequences == 1...2)
  }

  @Test("a sample that the head being flushed holds counts as replaced")
  func olderHead() {
    var older = Head()
    let id = SeriesID(rawValue: 3)
    _ = older.insert(SampleBatch(series: [id], times: [5], values: [1]), older: nil)
    var head = Head()
    let batch = SampleBatch(series: [id, id, id], times: [5, 6, 5], values: [2, 2, 3])
    #expect(head.insert(batch, older: older) == 2)
  }

  @Test("merging keeps the newer of equal times")
  func merge() {
    let older = SampleColumns(times: [1, 3, 5], values: [1, 1, 1])
    let newer = SampleColumns(times: [0, 3, 6], values: [2, 2, 2])
    let merged = SampleMerge.merge(older: older, newer: newer)
    #expect(merged.times == [0, 1, 3, 5, 6])
    #expect(merged.values == [2, 1, 2, 1, 2])
    var cut = merged
    SampleMerge.remove(
      [TimeRange(start: Timestamp(nanoseconds: 1), end: Timestamp(nanoseconds: 4))], from: &cut)
    #expect(cut.times == [0, 5, 6])
  }
}
