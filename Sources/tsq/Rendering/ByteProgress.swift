internal import Foundation

/// How far a long read has come, on standard error; silent unless a person is watching.
final class ByteProgress {
  private let name: String
  private let total: Int?
  private let isShown: Bool
  private var done = 0
  private var shown = ContinuousClock.now
  private var hasLine = false
  /// How often the line changes: fast enough to see that it lives.
  private static let interval = Duration.milliseconds(250)

  /// Progress through a file, or through a stream of unknown length.
  init(_ name: String, path: String) {
    self.name = name
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    let size = attributes?[.size] as? Int
    total = size.flatMap { $0 > 0 ? $0 : nil }
    isShown = StandardError.isTerminal
  }

  /// So many more bytes are done.
  func advance(_ count: Int) {
    done += count
    guard isShown, ContinuousClock.now - shown >= Self.interval else { return }
    shown = .now
    hasLine = true
    let amount =
      total.map { "\(min(100, done * 100 / $0)) % of \($0 >> 20) MiB" } ?? "\(done >> 20) MiB"
    StandardError.write("\r\(name): \(amount)")
  }

  /// Clears the line.
  func finish() {
    guard hasLine else { return }
    StandardError.write("\r\u{1b}[K")
    hasLine = false
  }
}
