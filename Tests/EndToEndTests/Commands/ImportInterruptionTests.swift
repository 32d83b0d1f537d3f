import Foundation
import Testing

/// `tsq import` into a server or a disk that ends before the file does.
@Suite("Interrupted imports") struct ImportInterruptionTests {
  private static func lines(_ range: Range<Int>) -> Data {
    Data(range.map { "m,host=a value=\($0) \($0)\n" }.joined().utf8)
  }

  @Test("it says what is stored, where it stopped, and that the file may be sent again")
  func halfWay() throws {
    let folder = try TemporaryFolder()
    let store = folder.path("store")
    let server = try ServerProcess(folder: store)
    let url = "http://127.0.0.1:\(server.httpPort)"
    try Self.lines(0..<60_000).write(to: URL(fileURLWithPath: folder.path("first")))
    try Self.lines(60_000..<120_000).write(to: URL(fileURLWithPath: folder.path("second")))
    // The second half comes once some of the first is stored and the server is gone.
    let count = "tsq query 'count_over_time(m[1d])' --to 86400 --server \(url) -o csv"
    let outcome = try Program.script(
      """
      { cat first; until \(count) 2>/dev/null | grep -q host; do sleep 0.05; done
        kill -9 \(server.processID); cat second; } \
      | tsq import --server \(url) --precision s -
      echo "code $?"
      """, in: folder.root)
    #expect(outcome.output == "code 1\n", "\(outcome.output)")
    let errors = outcome.errors
    let stopped = try #require(
      errors.firstMatch(
        of: /standard input: no answer from .*; line (\d+) and what follows it is not acknowledged/),
      "\(errors)")
    let accepted = try #require(
      errors.firstMatch(of: /(\d+) lines accepted, 0 rejected; (\d+) samples stored/))
    let stored = try #require(Int(accepted.1))
    #expect(stored > 0 && accepted.2 == accepted.1 && Int(stopped.1) == stored + 1, "\(errors)")
    #expect(errors.contains("import the same files again, which is harmless"), "\(errors)")
    let rows = { try Program.run(["export", "--data", store, "--format", "csv"]).lines.count - 1 }
    #expect(try rows() == stored)
    let again = try Program.script(
      "cat first second | tsq import --data store --precision s -", in: folder.root)
    #expect(again.code == 0, "\(again.errors)")
    #expect(try rows() == 120_000)
  }

  @Test("a server that is not there is the first line's, with what to do about the server too")
  func notThere() throws {
    let outcome = try Program.run(
      ["import", "--server", "http://127.0.0.1:1", "--format", "csv", "-"],
      input: "series,timestamp,value\na,1,1\n")
    #expect(outcome.code == 1)
    #expect(outcome.errors.hasPrefix("0 lines accepted, 0 rejected; 0 samples stored\n"))
    #expect(outcome.errors.contains("Connection refused; line 2 and what follows it is not"))
    #expect(outcome.errors.contains("\nhint: is `tsq serve` running there?"), "\(outcome.errors)")
    #expect(outcome.errors.contains("\nhint: import the same files again"), "\(outcome.errors)")
    #expect(outcome.errors.hasSuffix("already replace themselves\n"), "CSV has no untimed rows")
  }

  @Test(
    "a disk that fills half-way ends an import into a folder with the same words",
    .enabled(
      if: SmallFileSystem.isPermitted,
      "SKIP: making and mounting a file system is not permitted on this machine"))
  func fullDisk() throws {
    let disk = try SmallFileSystem(megabytes: 160)
    let store = disk.path("store")
    // Above the floor that a store leaves free by itself.
    try disk.fill(leaving: (64 + 1) << 20)
    let folder = try TemporaryFolder()
    var random = SystemRandomNumberGenerator()
    let lines = (0..<300_000).map { "m value=\(Double.random(in: 0..<1, using: &random)) \($0)\n" }
    try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: folder.path("lines")))
    let arguments = ["import", "--data", store, "--precision", "s", folder.path("lines")]
    let outcome = try Program.run(arguments)
    let errors = outcome.errors
    #expect(outcome.code == 1, "\(errors)")
    let stopped = try #require(
      errors.firstMatch(of: /lines: .*; line (\d+) and what follows it is not stored, what was/),
      "\(errors)")
    let accepted = try #require(
      errors.firstMatch(of: /(\d+) lines accepted, 0 rejected; (\d+) samples stored/), "\(errors)")
    let stored = try #require(Int(accepted.1))
    #expect(stored > 0 && accepted.2 == accepted.1 && Int(stopped.1) == stored + 1, "\(errors)")
    #expect(errors.contains("hint: make room on the disk"), "\(errors)")
    #expect(errors.contains("hint: import the same files again, which is harmless"), "\(errors)")
    let rows = { try Program.run(["export", "--data", store, "--format", "csv"]).lines.count - 1 }
    #expect(try rows() == stored)
    try disk.empty()
    #expect(try Program.run(arguments).code == 0)
    #expect(try rows() == lines.count)
  }
}
