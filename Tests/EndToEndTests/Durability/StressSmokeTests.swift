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
    "a bomb, an endless line, bad text, broken connections: bounded memory, a balanced ledger",
    .enabled(if: hasPython, "the script needs python3"))
  func smoke() throws {
    // Those that are short in a debug build; the script's own --quick has all.
    let scenarios = ["stall-mid-line", "long-line", "gzip-bomb", "bad-utf8-duplicate-tags"]
    let outcome = try Program.script(
      "python3 Benchmarks/stress.py --quick --tsq '\(try Program.path)' "
        + scenarios.joined(separator: " "), in: JourneyTests.root)
    #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.lines.count == scenarios.count + 1)
  }
}
