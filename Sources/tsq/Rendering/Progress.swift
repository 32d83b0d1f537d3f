internal import Foundation
internal import TSQStorage

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
    StandardError.write("\r\(words): \(done) of \(total)")
  }

  /// Clears the line.
  func finish() {
    guard isShown else { return }
    StandardError.write("\r\u{1b}[K")
  }
}

/// How far work on bytes is, on standard error; silent unless a person is watching.
final class JobMeter {
  private let words: String
  private var isShowing = false

  /// Progress of work named in words.
  init(_ words: String) { self.words = words }

  /// Shows how far the work is.
  func show(_ progress: JobProgress) {
    guard StandardError.isTerminal, progress.totalBytes > 0 else { return }
    isShowing = true
    let percent = Int(100 * Double(progress.doneBytes) / Double(progress.totalBytes))
    StandardError.write("\r\u{1b}[K\(words): \(percent) % of \(progress.totalBytes) bytes")
  }

  /// Clears the line.
  func finish() {
    if isShowing { StandardError.write("\r\u{1b}[K") }
    isShowing = false
  }
}
