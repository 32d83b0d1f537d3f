import Foundation
import Synchronization

/// Sends numbered samples with acknowledgements until the server dies.
///
/// A sample's number is its value and, in milliseconds after a fixed instant, its timestamp. So the
/// store itself says what it holds: a number that was acknowledged and is missing was lost, one that
/// was never sent was invented.
final class NumberedSender: Sendable {
  /// What one run came to.
  struct Result: Sendable {
    /// Numbers the server acknowledged.
    var acknowledged: Range<Int>
    /// One past the last number that may have reached the server.
    var sent: Int
  }

  /// Where numbers start: an instant in the past, so that no query window misses them.
  static let baseSeconds = 1_700_000_000
  /// Samples between two syncs: many syncs a second, so that a kill falls between any two steps.
  private static let batch = 40

  let name: String
  private let port: Int
  private let from: Int
  private let result: Mutex<Result>
  private let isDone = Atomic<Bool>(false)

  init(name: String, port: Int, from: Int) {
    self.name = name
    self.port = port
    self.from = from
    result = Mutex(Result(acknowledged: from..<from, sent: from))
  }

  /// Begins sending on a thread of its own.
  func start() {
    Thread.detachNewThread { [self] in
      // The end of the connection is the expected end of the run.
      try? run()
      isDone.store(true, ordering: .releasing)
    }
  }

  /// How far the run is now.
  var progress: Result { result.withLock { $0 } }

  /// Waits for the end of the run, which the server's death brings.
  func finish() -> Result {
    while !isDone.load(ordering: .acquiring) { usleep(1_000) }
    return result.withLock { $0 }
  }

  private func run() throws {
    let connection = try Connection(port: port)
    try connection.send("# tsq ack=durable\n")
    var next = from
    var sync = 0
    while true {
      var text = ""
      for number in next..<(next + Self.batch) {
        let nanoseconds = Self.baseSeconds * 1_000_000_000 + (number + 1) * 1_000_000
        text += "\(name) value=\(number)i \(nanoseconds)\n"
      }
      next += Self.batch
      sync += 1
      let sent = next
      result.withLock { $0.sent = sent }
      try connection.send(text + "# tsq sync \(sync)\n")
      guard let reply = try connection.readLine() else { return }
      guard reply.hasPrefix("ok \(sync) ") else {
        throw Connection.Failure(description: "unexpected reply: \(reply)")
      }
      result.withLock { $0.acknowledged = from..<sent }
    }
  }
}
