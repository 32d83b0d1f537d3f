internal import Foundation

/// A counter on standard error for long work; silent unless a person is watching.
final class Progress {
  private let words: String
  private let total: Int
  private let isShown: Bool
  private var done = 0
  private var lastShown = 0

  /// Progress over a known number of items; short work shows none.
  init(_ words: String, of total: Int) {
    self.words = words
    self.total = total
    isShown = StandardError.isTerminal && total >= 20
  }

  /// One item is done.
  func advance() {
    done += 1
    // A line each per cent is enough for the eye and costs nothing.
    guard isShown, done - lastShown >= max(1, total / 100) else { return }
    lastShown = done
    FileHandle.standardError.write(Data("\r\(words): \(done) of \(total)".utf8))
  }

  /// Clears the line.
  func finish() {
    guard isShown else { return }
    FileHandle.standardError.write(Data("\r\u{1b}[K".utf8))
  }
}
