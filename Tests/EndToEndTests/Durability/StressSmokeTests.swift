import Foundation
import Testing

/// The short form of `Benchmarks/stress.py`: memory, ledger and answers, never time.
@Suite("Stress, in short") struct StressSmokeTests {
  private static var hasPython: Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: $0 + "/python3")
    }
  }

  @Test(
    "bombs, garbage, endless lines and broken connections: bounded memory, a balanced ledger",
    .enabled(if: hasPython, "the script needs python3"))
  func smoke() throws {
    let scenarios = [
      "sigstop", "stall-mid-line", "long-line", "garbage", "gzip-bomb", "snappy-bomb",
      "ten-thousand-labels", "bad-utf8-duplicate-tags", "far-future",
    ]
    let outcome = try Program.script(
      "python3 Benchmarks/stress.py --quick --tsq '\(try Program.path)' "
        + scenarios.joined(separator: " "), in: JourneyTests.root)
    #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.lines.count == scenarios.count + 1)
  }
}
