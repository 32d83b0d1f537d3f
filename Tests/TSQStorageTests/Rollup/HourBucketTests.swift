import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

@Suite("Hourly buckets")
struct HourBucketTests {
  private let hour = HourBucket.length

  private func columns(_ minutes: ClosedRange<Int64>, _ value: (Int64) -> Double = { Double($0) })
    -> SampleColumns
  {
    SampleColumns(times: minutes.map { $0 * 60_000_000_000 }, values: minutes.map(value))
  }

  private func bucket(_ minutes: ClosedRange<Int64>) throws -> HourBucket {
    try #require(HourBucket.update(nil, end: hour, with: columns(minutes)).bucket)
  }

  @Test("hours are left-open and end where the next begins")
  func ends() {
    #expect(HourBucket.end(of: hour) == hour)
    #expect(HourBucket.end(of: hour + 1) == 2 * hour)
    #expect(HourBucket.end(of: 1) == hour)
    #expect(HourBucket.end(of: 0) == 0)
    #expect(HourBucket.end(of: -1) == 0)
    #expect(HourBucket.end(of: .max) == nil)
    #expect(HourBucket.end(of: .min) != nil)
  }

  @Test("samples before the first and after the last are merged, exactly")
  func outside() throws {
    let middle = try bucket(20...40)
    var update = HourBucket.update(middle, end: hour, with: columns(41...60))
    #expect(update.bucket == (try bucket(20...60)))
    #expect(update.ignored == 0 && !update.isRemade)
    update = HourBucket.update(update.bucket, end: hour, with: columns(1...19))
    #expect(update.bucket == (try bucket(1...60)))
    #expect(update.ignored == 0)
  }

  @Test("the same samples again change nothing; fewer between do not count and are told")
  func again() throws {
    let whole = try bucket(1...60)
    #expect(HourBucket.update(whole, end: hour, with: columns(1...60)) == HourBucket.Update())
    let late = SampleColumns(times: [90_000_000_000, 95_000_000_000], values: [7, 8])
    let update = HourBucket.update(whole, end: hour, with: late)
    #expect(update == HourBucket.Update(bucket: nil, ignored: 2, isRemade: false))
  }

  @Test("an hour that was sent again with more samples is made anew")
  func remade() throws {
    let sparse = try #require(
      HourBucket.update(
        nil, end: hour, with: SampleColumns(times: [60_000_000_000, hour], values: [1, 60])
      ).bucket)
    let update = HourBucket.update(sparse, end: hour, with: columns(1...60))
    #expect(update.bucket == (try bucket(1...60)))
    #expect(update.isRemade && update.ignored == 0)
  }

  @Test("stale markers are in no bucket; a gauge has no counter resets")
  func stale() throws {
    let stale = Double(bitPattern: SpecialValue.staleBits)
    let only = SampleColumns(times: [1, 2], values: [stale, stale])
    #expect(HourBucket.update(nil, end: hour, with: only) == HourBucket.Update())
    let saw = columns(1...60) { $0 % 2 == 0 ? 5 : 3 }
    #expect(HourBucket.update(nil, end: hour, with: saw).bucket?.drops == nil)
    let counter = columns(1...60) { Double($0 % 30) }
    #expect(HourBucket.update(nil, end: hour, with: counter).bucket?.drops == 58)
  }

  @Test("numbers go through their fields bit for bit, and nonsense is no bucket")
  func fields() throws {
    for seed in propertySeeds() {
      var workload = try HourWorkload(seed: seed)
      let samples = workload.samples(40, fromHour: 0, toHour: 1).filter { $0.time > 0 }
        .sorted { $0.time < $1.time }
      let columns = SampleColumns(times: samples.map(\.time), values: samples.map(\.value))
      guard let bucket = HourBucket.update(nil, end: hour, with: columns).bucket else { continue }
      #expect(HourBucket(end: hour) { bucket[$0] } == bucket, "seed \(seed)")
      for field in RollupField.allCases where !field.isOptional {
        #expect(HourBucket(end: hour) { $0 == field ? nil : bucket[$0] } == nil, "\(field)")
      }
      for wrong in [-1, 0, .nan, .infinity, 1.5] {
        #expect(HourBucket(end: hour) { $0 == .count ? wrong : bucket[$0] } == nil)
      }
    }
  }
}
