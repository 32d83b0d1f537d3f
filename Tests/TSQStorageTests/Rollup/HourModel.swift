import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// Hourly values computed the plain way, from all samples at once; shares no code with the store.
struct HourModel {
  /// What a bucket must be.
  struct Hour: Equatable {
    var count = 0
    var odd = 0
    var sum = 0.0
    var minimum = Double.infinity
    var maximum = -Double.infinity
    var firstTime: Int64 = .max
    var lastTime: Int64 = .min
    var firstBits: UInt64 = 0
    var lastBits: UInt64 = 0
    var drops = 0.0
    var falls = 0
  }

  static let hour: Int64 = 3_600_000_000_000

  /// The hours of a series up to a cutoff, by their ends.
  static func hours(of samples: [Int64: UInt64], through cutoff: Int64) -> [Int64: Hour] {
    var hours: [Int64: Hour] = [:]
    var last: [Int64: Double] = [:]
    for (time, bits) in samples.sorted(by: { $0.key < $1.key })
    where time <= cutoff && bits != SpecialValue.staleBits {
      let value = Double(bitPattern: bits)
      var end = time / hour * hour
      while end < time { end += hour }
      var known = hours[end] ?? Hour()
      known.count += 1
      if value.isFinite { known.sum += value } else { known.odd += 1 }
      if !value.isNaN {
        known.minimum = Swift.min(known.minimum, value)
        known.maximum = Swift.max(known.maximum, value)
      }
      if known.firstTime == .max { (known.firstTime, known.firstBits) = (time, bits) }
      (known.lastTime, known.lastBits) = (time, bits)
      if let before = last[end], value < before {
        known.drops += before
        known.falls += 1
      }
      last[end] = value
      hours[end] = known
    }
    return hours
  }

  /// Compares the buckets a snapshot has with what they must be.
  static func check(
    _ snapshot: StoreSnapshot, _ model: StoreModel, through cutoff: Int64, _ place: String
  ) throws {
    for (labels, samples) in model.samples {
      let wanted = hours(of: samples, through: cutoff)
      let id = try #require(snapshot.find(labels), "\(labels), \(place)")
      let found = try snapshot.hourBuckets(of: id, in: .all, statistics: ReadStatistics())
      #expect(!found.isDamaged, "\(labels), \(place)")
      #expect(found.buckets.map(\.end) == wanted.keys.sorted(), "\(labels), \(place)")
      for bucket in found.buckets {
        guard let hour = wanted[bucket.end] else { continue }
        check(bucket, hour, "\(labels) at \(bucket.end / self.hour) h, \(place)")
      }
    }
  }

  private static func check(_ bucket: HourBucket, _ hour: Hour, _ place: String) {
    #expect(bucket.count == hour.count, "\(place)")
    #expect(bucket.count - bucket.finiteCount == hour.odd, "\(place)")
    #expect(abs(bucket.sum - hour.sum) <= 1e-9 * max(1, abs(hour.sum)), "\(place)")
    #expect(bucket.minimum == hour.minimum && bucket.maximum == hour.maximum, "\(place)")
    #expect(bucket.firstTime == hour.firstTime && bucket.lastTime == hour.lastTime, "\(place)")
    #expect(bucket.firstValue.bitPattern == hour.firstBits, "\(place)")
    #expect(bucket.lastValue.bitPattern == hour.lastBits, "\(place)")
    if let drops = bucket.drops {
      let isSame = drops == hour.drops || abs(drops - hour.drops) <= 1e-9 * abs(hour.drops)
      #expect(isSame, "\(drops) for \(hour.drops), \(place)")
    }
    if hour.falls == 0 { #expect(bucket.drops == 0, "\(place)") }
  }
}

extension HourModel {
  /// Live samples by series, each counted where a reader counts it.
  static func counts(_ snapshot: StoreSnapshot) throws -> [Labels: Int] {
    var counts: [Labels: Int] = [:]
    for series in snapshot.series(matching: []) {
      var columns = SampleColumns()
      try snapshot.samples(of: series.id, into: &columns, statistics: ReadStatistics())
      let hours = try snapshot.hourBuckets(of: series.id, in: .all, statistics: ReadStatistics())
      var count = hours.buckets.reduce(0) { $0 + $1.count }
      for index in 0..<columns.count where !SpecialValue.isStale(columns.values[index]) {
        let isSpokenFor = hours.buckets.contains {
          $0.timeRange.contains(columns[index].time)
        }
        count += isSpokenFor ? 0 : 1
      }
      if count > 0 { counts[series.labels] = count }
    }
    return counts
  }

  /// The same of a model.
  static func counts(_ model: StoreModel) -> [Labels: Int] {
    model.samples.mapValues { $0.values.filter { $0 != SpecialValue.staleBits }.count }
      .filter { $0.value > 0 }
  }
}

/// Random series over some hours, dense and sparse, with everything that a value can be.
struct HourWorkload {
  var generator: SeededGenerator
  let series: [Labels]

  init(seed: UInt64) throws {
    generator = SeededGenerator(seed: seed)
    series = try ["a", "b", "c"].map { host in
      try #require(Labels(metric: "load", [("host", host)]))
    }
  }

  /// Samples between two hours, in any order.
  mutating func samples(
    _ count: Int, fromHour first: Int64, toHour last: Int64
  ) -> [(labels: Labels, time: Int64, value: Double)] {
    (0..<count).map { _ in
      let labels = series[Int.random(in: 0..<series.count, using: &generator)]
      var time = Int64.random(
        in: first * HourModel.hour...last * HourModel.hour, using: &generator)
      // Many on the edges of hours, where left and right matter.
      if Int.random(in: 0..<4, using: &generator) == 0 {
        time = time / HourModel.hour * HourModel.hour + Int64.random(in: 0...1, using: &generator)
      }
      return (labels, min(time, last * HourModel.hour), value())
    }
  }

  private mutating func value() -> Double {
    switch Int.random(in: 0..<60, using: &generator) {
    case 0: Double(bitPattern: SpecialValue.staleBits)
    case 1: .infinity
    case 2: -.infinity
    case 3: Double(bitPattern: 0x7ff8_dead_beef_0001)
    case 4: -0.0
    default: Double(Int.random(in: -1000...10_000, using: &generator)) / 100
    }
  }
}

/// Raw for `rawHours`, hourly values for ever.
func hourlyPolicy(rawHours: Int64, metric: String = "load") -> RetentionPolicy {
  RetentionPolicy(
    matchers: [.metric(metric)], maximumAge: rawHours * HourModel.hour, hourly: .forever)
}
