import Foundation
import TSQCore
import TSQCodec
@testable import TSQServer
import TSQStorage
import Testing

@Suite("Dead letters")
struct DeadLetterTests {
  private func letters(_ folder: String, limit: Int = 1 << 20, line: Int = 100) -> DeadLetters {
    DeadLetters(
      fileSystem: POSIXFileSystem(), directory: folder + "/dead-letters", limitBytes: limit,
      lineBytes: line)
  }

  private func take(
    _ letters: DeadLetters, _ text: String, number: Int = 1, terms: DeadLetters.TimeTerms = .init()
  ) {
    letters.take(
      Array(text.utf8), fullBytes: text.utf8.count, number: number, reason: .badTimestamp,
      peer: "127.0.0.1:5", time: Timestamp(nanoseconds: 0), terms: terms)
  }

  private func files(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder + "/dead-letters").sorted()
  }

  @Test("A letter says when, who, which and why, and then the line as it came")
  func shape() throws {
    let folder = try TemporaryFolder()
    let letters = letters(folder.path)
    take(letters, "cpu v=1 x", number: 42)
    letters.flush()
    let name = try #require(try files(folder.path).first)
    let text = try String(contentsOfFile: folder.path + "/dead-letters/" + name, encoding: .utf8)
    #expect(
      text == """
        # rejected time=1970-01-01T00:00:00Z from=127.0.0.1:5 line=42 reason=bad-timestamp
        cpu v=1 x

        """)
    #expect(letters.counts == .init(written: 1, lost: 0))
  }

  @Test("A letter says the unit of its time and the time its sender named, each letter its own")
  func terms() throws {
    let folder = try TemporaryFolder()
    let letters = letters(folder.path)
    take(letters, "a v=1 x", terms: .init(unit: .seconds))
    take(letters, "a v=2 x", terms: .init(unit: .nanoseconds))
    take(letters, "a v=3 3", terms: .init(unknownUnit: "precision=sec"))
    take(letters, "a 1 x", terms: .init(given: Timestamp(nanoseconds: 5_000_000)))
    take(letters, "", terms: .init(unit: .seconds))
    letters.flush()
    let name = try #require(try files(folder.path).first)
    let text = try String(contentsOfFile: folder.path + "/dead-letters/" + name, encoding: .utf8)
    #expect(
      text.split(separator: "\n").map { $0.hasPrefix("# rejected ") ? "-" : String($0) } == [
        "-", "# tsq precision=s", "a v=1 x", "-", "# tsq precision=ns", "a v=2 x",
        "-", "# tsq precision=sec", "a v=3 3", "-", "# tsq timestamp=5", "a 1 x", "-",
      ])
  }

  @Test("A line that is missing is a comment only")
  func missing() throws {
    let folder = try TemporaryFolder()
    let letters = letters(folder.path)
    take(letters, "")
    letters.flush()
    let name = try #require(try files(folder.path).first)
    let text = try String(contentsOfFile: folder.path + "/dead-letters/" + name, encoding: .utf8)
    #expect(text.hasPrefix("# rejected ") && text.hasSuffix(" reason=bad-timestamp\n"))
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count == 2)
  }

  @Test("A long line is cut and the letter says so")
  func cut() throws {
    let folder = try TemporaryFolder()
    let letters = letters(folder.path, line: 4)
    take(letters, "0123456789")
    letters.flush()
    let name = try #require(try files(folder.path).first)
    let text = try String(contentsOfFile: folder.path + "/dead-letters/" + name, encoding: .utf8)
    #expect(text.contains("cut=10\n0123\n"))
  }

  @Test("The folder stays within its limit and keeps the newest")
  func bounded() throws {
    let folder = try TemporaryFolder()
    let letters = letters(folder.path, limit: 4000)
    for number in 0..<500 {
      take(letters, "line-\(number)", number: number)
      if number % 7 == 0 { letters.flush() }
    }
    letters.flush()
    var total = 0
    var last = ""
    for name in try files(folder.path) {
      last = try String(
        contentsOfFile: folder.path + "/dead-letters/" + name, encoding: .utf8)
      total += last.utf8.count
    }
    #expect(total <= 4000)
    #expect(total > 2000)
    #expect(last.hasSuffix("line-499\n"))
    #expect(letters.counts.written == 500)
  }

  @Test("A new process goes on in a file of its own, within the same limit")
  func restart() throws {
    let folder = try TemporaryFolder()
    for round in 0..<30 {
      let letters = letters(folder.path, limit: 1000)
      take(letters, "round-\(round)")
      letters.flush()
    }
    let names = try files(folder.path)
    #expect(names.count < 12)
    #expect(Set(names).count == names.count)
  }

  @Test("A limit of nothing keeps nothing and counts it")
  func none() throws {
    let folder = try TemporaryFolder()
    let letters = letters(folder.path, limit: 0)
    take(letters, "x")
    letters.flush()
    #expect(letters.counts == .init(written: 0, lost: 1))
  }
}
