internal import Dispatch
internal import Synchronization
package import TSQCodec
package import TSQCore
package import TSQStorage

/// Keeps rejected lines with the reason, in a bounded set of files.
///
/// A letter is a comment that says when, who, which line and why, an order that says what its time
/// means where its format leaves that open, and then the line as it came, so that a file can be mended
/// with an editor and imported again. Of a line that is empty, or missing where one should stand, there
/// is only the comment. Writing happens on a queue of its own: a slow disk never holds up a connection,
/// it only costs letters, which are counted.
package final class DeadLetters: Sendable {
  /// What became of letters.
  package struct Counts: Sendable, Equatable {
    /// In a file.
    package var written = 0
    /// Not kept: the queue was full or the disk failed.
    package var lost = 0
  }

  /// What the times of rejected lines mean: their sender said it, and an import must know it.
  package struct TimeTerms: Sendable, Equatable {
    /// The unit of timestamps, where the format leaves it open.
    package var unit: LinePrecision?
    /// The order that stood for a unit and names none: whoever imports the letters must mend it.
    package var unknownUnit: String?
    /// The time that lines without one were to get, where the sender named one.
    package var given: Timestamp?

    /// Terms; none where the format fixes the unit and the sender named no time.
    package init(
      unit: LinePrecision? = nil, unknownUnit: String? = nil, given: Timestamp? = nil
    ) {
      self.unit = unit
      self.unknownUnit = unknownUnit
      self.given = given
    }

    /// As orders, each a line.
    ///
    /// Every letter has its own: letters of several senders share a file, and one that is cut out of
    /// it must still say what it means.
    fileprivate var orders: String {
      ((unit.map { "precision=\($0.rawValue)" } ?? unknownUnit).map { "# tsq \($0)\n" } ?? "")
        + (given.map { "# tsq timestamp=\($0.nanoseconds / 1_000_000)\n" } ?? "")
    }
  }

  private struct State {
    var pending: [UInt8] = []
    var pendingLetters = 0
    var isWriting = false
    var counts = Counts()
  }

  /// Bytes that wait for the disk at most.
  private static let pendingLimit = 4 << 20
  private let state = Mutex(State())
  private let files: Mutex<DeadLetterFiles>
  private let queue = DispatchQueue(label: "tsq.dead-letters")
  private let lineBytes: Int

  /// Dead letters in a folder.
  ///
  /// - Parameters:
  ///   - fileSystem: where files are written.
  ///   - directory: the folder, created at the first letter.
  ///   - limitBytes: the most bytes kept; 0 keeps none and counts all as lost.
  ///   - lineBytes: the most bytes kept of one line.
  package init(
    fileSystem: any FileSystem, directory: String, limitBytes: Int, lineBytes: Int
  ) {
    self.files = Mutex(
      DeadLetterFiles(fileSystem: fileSystem, directory: directory, limitBytes: limitBytes))
    self.lineBytes = lineBytes
  }

  /// Takes one rejected line; returns at once.
  ///
  /// - Parameters:
  ///   - line: the line as it came, without its line feed, or the first part of it.
  ///   - fullBytes: how long the line was.
  ///   - number: the line's number within its connection or body.
  ///   - reason: why it was rejected.
  ///   - peer: who sent it.
  ///   - time: when it came.
  ///   - terms: what its own time means.
  package func take(
    _ line: some Collection<UInt8>, fullBytes: Int, number: Int, reason: RejectReason,
    peer: String, time: Timestamp, terms: TimeTerms
  ) {
    let note = fullBytes > min(line.count, lineBytes) ? " cut=\(fullBytes)" : ""
    var letter = Array(
      "# rejected time=\(time) from=\(peer) line=\(number) reason=\(reason.rawValue)\(note)\n".utf8)
    // Half an order must not give orders to who reads the letters again, nor tell half a token.
    let isHalfOrder = reason == .incompleteLine && line.first == UInt8(ascii: "#")
    if !line.isEmpty, !isHalfOrder {
      letter += terms.orders.utf8
      letter += line.prefix(lineBytes)
      letter.append(UInt8(ascii: "\n"))
    }
    let mustStart = state.withLock { state in
      guard state.pending.count + letter.count <= DeadLetters.pendingLimit else {
        state.counts.lost += 1
        return false
      }
      state.pending += letter
      state.pendingLetters += 1
      if state.isWriting { return false }
      state.isWriting = true
      return true
    }
    if mustStart { queue.async { [self] in write() } }
  }

  /// Waits until everything taken so far is in a file or counted as lost.
  package func flush() { queue.sync { write() } }

  /// What became of the letters so far.
  package var counts: Counts { state.withLock { $0.counts } }

  private func write() {
    while true {
      let (bytes, letters) = state.withLock { state in
        let taken = (state.pending, state.pendingLetters)
        state.pending = []
        state.pendingLetters = 0
        if taken.1 == 0 { state.isWriting = false }
        return taken
      }
      if letters == 0 { return }
      let isWritten = files.withLock { $0.append(bytes) }
      state.withLock { state in
        if isWritten { state.counts.written += letters } else { state.counts.lost += letters }
      }
    }
  }
}
