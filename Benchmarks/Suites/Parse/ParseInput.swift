import Foundation

/// What the field values look like.
enum LineShape: String, CaseIterable {
  /// Ten integers a line, as the Time Series Benchmark Suite's `cpu-only` set has.
  case integers
  /// The same with two decimals.
  case decimals
  /// The same with every digit a double has, as Telegraf writes them.
  case doubles
}

/// Deterministic line protocol: 100 hosts with ten tags, ten fields that walk at random within 0...100.
enum ParseInput {
  static let megabytes = 16

  static func lines(_ shape: LineShape) -> [UInt8] {
    if let path = ProcessInfo.processInfo.environment["TSQ_BENCH_LINES"],
      let data = FileManager.default.contents(atPath: path)
    {
      return [UInt8](data)
    }
    var random = Walk(state: 20_260_101)
    let names = [
      "user", "system", "idle", "nice", "iowait", "irq", "softirq", "steal", "guest", "guest_nice",
    ]
    let hosts = (0..<100).map { host in
      "cpu,hostname=host_\(host),region=eu-west-1,datacenter=eu-west-1\(["a", "b", "c"][host % 3]),"
        + "rack=\(host % 97),os=Ubuntu16.10,arch=x64,team=SF,service=\(host % 20),"
        + "service_version=\(host % 2),service_environment=production "
    }
    var values = (0..<1_000).map { _ in random.uniform() * 100 }
    var text: [UInt8] = []
    var time = 1_451_606_400_000_000_000
    while text.count < megabytes << 20 {
      for host in hosts.indices {
        var line = hosts[host]
        for field in names.indices {
          let place = host * names.count + field
          values[place] = min(max(values[place] + random.uniform() * 4 - 2, 0), 100)
          line += "\(field == 0 ? "" : ",")usage_\(names[field])=\(shown(values[place], shape))"
        }
        text += Array("\(line) \(time)\n".utf8)
      }
      time += 10_000_000_000
    }
    return text
  }

  private static func shown(_ value: Double, _ shape: LineShape) -> String {
    switch shape {
    case .integers: "\(Int(value))i"
    case .decimals: "\((value * 100).rounded() / 100)"
    case .doubles: "\(value)"
    }
  }

  /// 100,000 lines, each of a series of its own.
  static func newSeries() -> [UInt8] {
    var text: [UInt8] = []
    for index in 0..<100_000 {
      text += Array("cpu,host=host_\(index),region=eu-west-1 value=\(index % 101) \(index)\n".utf8)
    }
    return text
  }

  /// A small deterministic generator (a 64-bit linear congruence; its high bits are used).
  private struct Walk {
    var state: UInt64

    mutating func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) * 0x1p-53
    }
  }
}
