import Foundation
import Testing

/// What the README shows is what the program prints.
@Suite struct ReadmeTests {
  /// One command of a console block with the output shown for it.
  struct Step {
    let command: String
    var output: [String] = []
  }

  /// The commands of the README's console blocks, block by block.
  static func steps() throws -> [[Step]] {
    let text = try String(contentsOfFile: JourneyTests.root + "/README.md", encoding: .utf8)
    var blocks: [[Step]] = []
    var isInside = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.hasPrefix("```") {
        isInside = line == "```console"
        if isInside { blocks.append([]) }
        continue
      }
      guard isInside, var block = blocks.popLast() else { continue }
      if line.hasPrefix("$ ") {
        block.append(Step(command: String(line.dropFirst(2))))
      } else if var step = block.popLast() {
        step.output.append(line)
        block.append(step)
      }
      blocks.append(block)
    }
    return blocks
  }

  @Test("every console block of the README, run in order, prints what it shows")
  func tour() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("data"), withDestinationPath: JourneyTests.root + "/data")
    let hours = (0..<20).map { String(format: "2026-01-01T%02d:00:00Z,%d", $0, 40 + $0 % 5) }
    try (["timestamp,value"] + hours).joined(separator: "\n").write(
      toFile: folder.path("h.csv"), atomically: true, encoding: .utf8)
    let blocks = try Self.steps()
    try #require(blocks.count > 4)
    for block in blocks {
      // One shell a block, so that `echo $?` means the command before it.
      let script = block.map { "echo '@@@'; (exit $code); \($0.command)\ncode=$?" }
      let outcome = try Program.script(
        "exec 2>&1; code=0; " + script.joined(separator: "; "), in: folder.root)
      let printed = outcome.output.components(separatedBy: "@@@\n").dropFirst()
      try #require(printed.count == block.count)
      for (step, output) in zip(block, printed) {
        let lines = output.split(separator: "\n", omittingEmptySubsequences: false).map {
          $0.trimmingCharacters(in: .whitespaces)
        }
        let shown = step.output.map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(Self.matches(shown[...], lines[...]), "$ \(step.command)\n\(output)")
      }
    }
  }

  /// Whether lines are as shown, where a line of three dots stands for any number of them.
  static func matches(_ shown: ArraySlice<String>, _ lines: ArraySlice<String>) -> Bool {
    guard let first = shown.first else { return lines.allSatisfy(\.isEmpty) }
    if first == "..." {
      return (lines.startIndex...lines.endIndex).contains {
        matches(shown.dropFirst(), lines[$0...])
      }
    }
    return lines.first == first && matches(shown.dropFirst(), lines.dropFirst())
  }

  @Test("the comparison finds a difference")
  func comparison() {
    #expect(Self.matches(["a", "...", "d"], ["a", "b", "c", "d", ""]))
    #expect(!Self.matches(["a", "...", "d"], ["a", "b", "c"]))
    #expect(!Self.matches(["a"], ["a", "b"]))
  }
}
