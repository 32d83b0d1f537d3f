internal import Dispatch
internal import Synchronization
package import TSQCodec
package import TSQCore
package import TSQStorage

/// Keeps rejected lines with the reason, in a bounded set of files.
///
/// Two lines per letter: a comment that says when, who, which line and why, then the line as it came,
/// so that a file can be mended with an editor and imported again. Writing happens on a queue of its
/// own: a slow disk never holds up a connection, it only costs letters, which are counted.
package final class DeadLetters: Sendable {
  /// What became of letters.
  package struct Counts: Sendable, Equatable {
    /// In a file.
    package var written = 0
    /// Not kept: the queue was full or the disk failed.
    package var lost = 0
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
  package func take(
    _ line: some Collection<UInt8>, fullBytes: Int, number: Int, reason: RejectReason,
    peer: String, time: Timestamp
  ) {
    let note = fullBytes > min(line.count, lineBytes) ? " cut=\(fullBytes)" : ""
    var letter = Array(
      "# rejected time=\(time) from=\(peer) line=\(number) reason=\(reason.rawValue)\(note)\n".utf8)
    letter += line.prefix(lineBytes)
    letter.append(UInt8(ascii: "\n"))
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

/// The bounded set of files behind `DeadLetters`.
struct DeadLetterFiles: ~Copyable {
  private let fileSystem: any FileSystem
  private let directory: String
  private let limitBytes: Int
  /// A quarter of the limit: the oldest quarter goes when there is no room.
  private let fileBytes: Int
  private var writing: (any WritableFile)?
  private var files: [(name: String, byteCount: Int)]?

  init(fileSystem: any FileSystem, directory: String, limitBytes: Int) {
    self.fileSystem = fileSystem
    self.directory = directory
    self.limitBytes = limitBytes
    self.fileBytes = max(1, limitBytes / 4)
  }

  /// Adds whole letters at the end; `false` where they could not be kept.
  mutating func append(_ bytes: [UInt8]) -> Bool {
    guard bytes.count <= limitBytes else { return false }
    do throws(FileError) {
      var known = try knownFiles()
      if let last = known.last, writing != nil, last.byteCount + bytes.count > fileBytes {
        writing?.close()
        writing = nil
      }
      while known.reduce(0, { $0 + $1.byteCount }) + bytes.count > limitBytes, !known.isEmpty {
        try fileSystem.remove(directory + "/" + known.removeFirst().name)
        if known.isEmpty { writing = nil }
      }
      if writing == nil {
        let name = DeadLetterFiles.name(after: known.last?.name)
        writing = try fileSystem.create(directory + "/" + name)
        known.append((name, 0))
      }
      files = known
      try writing?.append(bytes)
      known[known.count - 1].byteCount += bytes.count
      files = known
      return true
    } catch {
      // The next letter lists the folder anew and starts a file of its own.
      writing = nil
      files = nil
      return false
    }
  }

  private mutating func knownFiles() throws(FileError) -> [(name: String, byteCount: Int)] {
    if let files { return files }
    try fileSystem.createDirectory(directory)
    var found: [(name: String, byteCount: Int)] = []
    for name in try fileSystem.list(directory) where name.hasSuffix(".lines") {
      found.append((name, Int(try fileSystem.size(directory + "/" + name))))
    }
    return found
  }

  private static func name(after last: String?) -> String {
    let number = last.flatMap { Int($0.prefix { $0 != "." }) } ?? 0
    let digits = String(number + 1)
    return String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".lines"
  }
}
