import Foundation
import Glibc

/// What a process uses, and how long things take.
enum Measure {
  /// Memory of this process now, what was freed and not given back included.
  static func memory() -> Int { field("VmRSS:") }

  /// The most memory this process ever used.
  static func peakMemory() -> Int { field("VmHWM:") }

  /// A field of the kernel's report on this process, in bytes.
  private static func field(_ name: String) -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
    return line?.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }.first.map { $0 << 10 }
      ?? 0
  }

  /// Seconds that something takes.
  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    return try clock.measure(body) / .seconds(1)
  }

  /// The median of many runs in microseconds, after a few that do not count.
  static func medianMicroseconds(runs: Int, _ body: () throws -> Void) rethrows -> Double {
    for _ in 0..<3 { try body() }
    let times = try (0..<runs).map { _ in try seconds(body) }
    return times.sorted()[runs / 2] * 1e6
  }

  /// A number with a fixed number of decimals.
  static func text(_ number: Double, _ decimals: Int = 1) -> String {
    String(format: "%.\(decimals)f", number)
  }

  /// A row of a Markdown table.
  static func row(_ cells: String...) { print("| " + cells.joined(separator: " | ") + " |") }

  /// The head of a Markdown table.
  static func head(_ cells: String...) {
    print("| " + cells.joined(separator: " | ") + " |")
    print("|" + String(repeating: " --- |", count: cells.count))
    fflush(nil)
  }
}

/// A linear congruential generator: quick, and good enough for noise.
struct Noise {
  var state: UInt64

  /// The next number in 0 ..< 1.
  mutating func uniform() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) * 0x1p-53
  }
}
