internal import Foundation

/// A small fleet with everything a capacity tool must cope with, made the same way every time.
///
/// Five hosts, four metrics each, one sample every half hour: daily and weekly seasons, growth, a
/// level shift, gaps, outliers, a nightly batch and a disk that fills up. The same seed gives the
/// same bytes; `data/sample.lp` is what `tsq sample` prints without options.
struct SampleFleet {
  /// Seconds between samples.
  static let stepSeconds = 1_800
  /// The last day of `data/sample.lp`, so that the committed file never changes by itself.
  static let defaultEndSeconds: Int64 = 1_767_225_600
  static let secondsPerDay = 86_400

  /// One machine of the fleet and how it behaves.
  struct Host {
    let name: String
    /// CPU fraction at night, and what the working day adds.
    let idle: Double
    let swing: Double
    /// What each day adds to the CPU fraction.
    let growthPerDay: Double
    /// Disk fraction on the first day, and what each day adds.
    let disk: Double
    let diskPerDay: Double
    /// The day on which the load jumps for good, if any, and by how much.
    var shift: (day: Double, by: Double)?
    /// Days without samples: outages and lost agents.
    var gaps: [ClosedRange<Double>] = []
    /// Whether a batch job runs from two to four every night.
    var nightlyBatch = false
  }

  static let hosts = [
    Host(
      name: "web-1", idle: 0.22, swing: 0.38, growthPerDay: 0.0022, disk: 0.31, diskPerDay: 0.0009),
    Host(
      name: "web-2", idle: 0.21, swing: 0.36, growthPerDay: 0.0021, disk: 0.30, diskPerDay: 0.0008,
      gaps: [20.25...20.5, 50.0...52.0]),
    Host(
      name: "web-3", idle: 0.18, swing: 0.22, growthPerDay: 0, disk: 0.28, diskPerDay: 0.0007,
      shift: (day: 48.5, by: 0.17)),
    Host(
      name: "db-1", idle: 0.30, swing: 0.18, growthPerDay: 0.0008, disk: 0.52, diskPerDay: 0.0047,
      gaps: [33.1...33.2]),
    Host(
      name: "batch-1", idle: 0.04, swing: 0.03, growthPerDay: 0, disk: 0.44, diskPerDay: 0,
      nightlyBatch: true),
  ]

  let days: Int
  let endSeconds: Int64
  private var random: SplitMix

  /// A fleet of `days` days whose last sample is at `endSeconds`.
  init(days: Int, endSeconds: Int64, seed: UInt64) {
    self.days = days
    self.endSeconds = endSeconds
    self.random = SplitMix(state: seed)
  }

  /// Writes the line protocol of each step, oldest first; timestamps are in seconds.
  mutating func write(to sink: (String) throws -> Void) rethrows {
    let steps = days * Self.secondsPerDay / Self.stepSeconds
    for step in 1...steps {
      let seconds = endSeconds - Int64(steps - step) * Int64(Self.stepSeconds)
      let day = Double(step * Self.stepSeconds) / Double(Self.secondsPerDay)
      for host in Self.hosts {
        let lines = lines(of: host, day: day, seconds: seconds)
        if !host.gaps.contains(where: { $0.contains(day) }) { try sink(lines) }
      }
    }
  }

  /// One step of one host.
  ///
  /// Called in gaps too, so that a gap moves no later random number.
  private mutating func lines(of host: Host, day: Double, seconds: Int64) -> String {
    let load = Self.dailyLoad(day: day) * Self.weeklyLoad(seconds: seconds)
    var cpu = host.idle + host.swing * load + host.growthPerDay * day + 0.018 * random.gaussian()
    if let shift = host.shift, day >= shift.day { cpu += shift.by }
    let hour = (seconds % 86_400) / 3_600
    if host.nightlyBatch, (2..<4).contains(hour) { cpu += 0.72 + 0.05 * random.gaussian() }
    // Two samples in a thousand are wild, as real agents' are.
    if random.uniform() < 0.002 { cpu += 0.5 * random.uniform() }
    let memory = 0.42 + 0.16 * load + 0.3 * host.growthPerDay * day + 0.006 * random.gaussian()
    // Logs are rotated every third day: a saw-tooth on top of the growth.
    let rotation = 0.012 * (day / 3 - (day / 3).rounded(.down))
    let disk = host.disk + host.diskPerDay * day + rotation + 0.0006 * random.gaussian()
    let requests = max(0, 40 + 900 * host.swing * load * (1 + day / 160) + 9 * random.gaussian())
    return """
      cpu,host=\(host.name) usage=\(Self.fixed(cpu, 4)) \(seconds)
      memory,host=\(host.name) usage=\(Self.fixed(memory, 4)) \(seconds)
      disk,host=\(host.name) usage=\(Self.fixed(disk, 4)) \(seconds)
      requests,host=\(host.name) per_second=\(Self.fixed(requests, 1, limit: 1e6)) \(seconds)

      """
  }

  /// The shape of a working day, 0...1, lowest at four in the morning.
  private static func dailyLoad(day: Double) -> Double {
    0.5 - 0.5 * cos(2 * .pi * (day - 4.0 / 24))
  }

  /// Weekends carry half the load.
  ///
  /// 1970-01-01 was a Thursday.
  private static func weeklyLoad(seconds: Int64) -> Double {
    let weekday = (seconds / 86_400 + 3) % 7
    return weekday >= 5 ? 0.5 : 1
  }

  private static func fixed(_ value: Double, _ digits: Int, limit: Double = 0.995) -> String {
    String(format: "%.\(digits)f", min(limit, max(0.001, value)))
  }
}

/// SplitMix64: small, and the same on every machine.
///
/// Source: Steele, Lea & Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// A number in 0..<1 with 53 random bits.
  mutating func uniform() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }

  /// A nearly normal number of mean 0 and deviation 1: twelve uniforms, no transcendental function.
  mutating func gaussian() -> Double {
    var sum = -6.0
    for _ in 0..<12 { sum += uniform() }
    return sum
  }
}
