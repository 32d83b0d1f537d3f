package import TSQCodec
package import TSQStorage

/// What one sender has been promised, as a value without a socket.
///
/// Counts what came since the last sync and gives the replies; docs/ingest.md has the grammar.
package struct AckSession: Sendable {
  /// Whether the sender asked for `reject` replies.
  package private(set) var isAcknowledging = false
  private let rejectReplies: Int

  private var lines = 0
  private var samples = 0
  private var ignored = 0
  private var rejected = 0
  private var rejectsSaid = 0
  private var sequence: UInt64 = 0
  private var failure: (reason: String, message: String)?

  /// A session that names at most so many rejected lines between two syncs.
  package init(rejectReplies: Int) { self.rejectReplies = rejectReplies }

  /// Whether something since the last sync is lost: what follows is not stored before it is said.
  package var hasFailed: Bool { failure != nil }

  /// The sender turned replies on or off.
  package mutating func acknowledge(_ isOn: Bool) { isAcknowledging = isOn }

  /// A line was not stored.
  ///
  /// - Returns: the reply, or `nil` for a sender that wants none or has had enough of them.
  package mutating func rejected(line: Int, reason: RejectReason) -> String? {
    rejected += 1
    lines += 1
    guard isAcknowledging, rejectsSaid < rejectReplies else { return nil }
    rejectsSaid += 1
    return "reject line=\(line) reason=\(reason.rawValue) \"\(reason.message)\"\n"
  }

  /// The store took a batch.
  package mutating func stored(lines: Int, samples: Int, ignored: Int, sequence: UInt64) {
    self.lines += lines
    self.samples += samples + ignored
    self.ignored += ignored
    self.sequence = max(self.sequence, sequence)
  }

  /// The store did not take a batch, or cannot sync it.
  package mutating func failed(_ error: StoreError) {
    if failure == nil { failure = (AckSession.reason(error), "\(error)") }
  }

  /// The store has synced everything up to a sequence.
  package mutating func synced(through sequence: UInt64) {
    self.sequence = max(self.sequence, sequence)
  }

  /// The answer to a sync; counting starts anew.
  package mutating func answer(id: String) -> String {
    defer {
      (lines, samples, ignored, rejected, rejectsSaid) = (0, 0, 0, 0, 0)
      failure = nil
    }
    if let failure {
      return "err \(id) reason=\(failure.reason) \"\(AckSession.escaped(failure.message))\"\n"
    }
    // The usual answer has four figures; a fifth only where something was left out by design.
    let note = ignored > 0 ? " ignored=\(ignored)" : ""
    return
      "ok \(id) lines=\(lines) samples=\(samples) rejected=\(rejected) seq=\(sequence)\(note)\n"
  }

  /// The answer to an order that is none.
  package func answer(unknown words: String) -> String? {
    guard isAcknowledging else { return nil }
    return "err - reason=unknown-control \"\(AckSession.escaped(words))\"\n"
  }

  /// One stable word for each class of failure.
  package static func reason(_ error: StoreError) -> String {
    switch error {
    case .diskFull: "full"
    case .poisoned: "poisoned"
    case .closed: "closing"
    case .entryTooLarge: "too-large"
    case .readOnly: "read-only"
    default: "store"
    }
  }

  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": escaped += "\\\(scalar)"
      case "\n": escaped += "\\n"
      case "\r": continue
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
