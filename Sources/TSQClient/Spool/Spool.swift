/// A queue of batches on disk, for the time the server is away.
///
/// A batch is synced to disk before `append` returns and is given out again after a crash until it
/// was acknowledged. Batches leave in the order they came. Files are deleted whole, so that after a
/// crash some acknowledged batches may be sent again: the store keeps one sample per series and
/// instant, so that is harmless.
public final class Spool {
  /// What to do with a new batch when the spool is at its limit.
  public enum Overflow: Sendable {
    /// Refuse it: the sender must wait. Right for files that can be read again.
    case refuse
    /// Drop the oldest file and count its batches. Right for live metrics.
    case dropOldest
  }

  /// One batch and its id.
  public struct Batch: Hashable, Sendable {
    /// Ascending while the spool is open.
    public let id: UInt64
    /// Whole lines.
    public let lines: [UInt8]
  }

  /// Bytes of a spool file that are no whole batch, although batches were promised there.
  public struct Damage: Hashable, Sendable {
    /// The spool file.
    public let path: String
    /// Where in it.
    public let offset: Int
    /// How many.
    public let byteCount: Int
    /// The file beside it that has them now.
    public let kept: String
  }

  private struct File {
    let path: String
    var ids: ClosedRange<UInt64>
    var byteCount: Int
  }

  /// The most bytes kept; the limit that a long outage meets.
  public let limitBytes: Int
  /// Batches lost to the limit since this spool was opened.
  public private(set) var droppedBatches = 0
  /// Damaged bytes found so far; the batches around them are given out.
  public private(set) var damage: [Damage]
  /// Bytes of an unfinished batch cut off the newest file when this spool was opened.
  public private(set) var tornBytes = 0
  /// Bytes on disk.
  public private(set) var usedBytes = 0

  private let directory: String
  private let fileBytes: Int
  private let overflow: Overflow
  private let lock: SpoolLock
  private var files: [File] = []
  private var writing: SpoolFile?
  private var nextID: UInt64 = 1
  private var acknowledged: UInt64 = 0
  /// The records of the oldest file that is being given out.
  private var reading: (path: String, records: [SpoolRecord])?

  /// Opens a folder, creating it, and counts what waits in it.
  ///
  /// - Parameters:
  ///   - directory: the spool's own folder.
  ///   - limitBytes: the most bytes to keep.
  ///   - fileBytes: the size from which a new file is started, the unit of deletion.
  ///   - overflow: what happens at the limit.
  /// - Throws: `SpoolError` where the folder cannot be read, or another process uses it.
  public init(
    _ directory: String, limitBytes: Int = 256 << 20, fileBytes: Int = 4 << 20,
    overflow: Overflow = .dropOldest
  ) throws(SpoolError) {
    try SpoolFile.makeDirectory(directory)
    let lock = try SpoolLock(directory + "/lock")
    let found = try Spool.scan(directory)
    self.directory = directory
    self.limitBytes = limitBytes
    self.fileBytes = fileBytes
    self.overflow = overflow
    self.lock = lock
    self.files = found.files
    self.tornBytes = found.tornBytes
    self.damage = found.damage
    self.usedBytes = found.files.reduce(0) { $0 + $1.byteCount }
    self.nextID = (found.files.last?.ids.upperBound ?? 0) + 1
    self.acknowledged = (found.files.first?.ids.lowerBound ?? 1) - 1
  }

  /// What a folder holds; files without one whole batch are deleted.
  private static func scan(
    _ directory: String
  ) throws(SpoolError) -> (files: [File], tornBytes: Int, damage: [Damage]) {
    var files: [File] = []
    var tornBytes = 0
    var damage: [Damage] = []
    let names = try SpoolFile.names(in: directory).filter { $0.hasSuffix(".spool") }
    for name in names {
      let path = directory + "/" + name
      let bytes = try SpoolFile.read(path)
      var content = SpoolRecord.decode(bytes)
      var byteCount = bytes.count
      if let torn = content.torn, name == names.last {
        // Cut off, since the next batch begins a file: only the newest may end like this.
        byteCount = torn.lowerBound
        tornBytes = torn.count
        content.torn = nil
        try SpoolFile.truncate(path, to: byteCount)
      }
      damage += try keep(content, of: bytes, path, in: directory)
      guard let first = content.records.first?.id, let last = content.records.last?.id else {
        try SpoolFile.remove(path)
        continue
      }
      files.append(File(path: path, ids: first...last, byteCount: byteCount))
    }
    return (files, tornBytes, damage)
  }

  /// Keeps what is damaged in files of its own: the spool file goes when its batches have arrived.
  private static func keep(
    _ content: SpoolRecord.Content, of bytes: [UInt8], _ path: String, in directory: String
  ) throws(SpoolError) -> [Damage] {
    var damage: [Damage] = []
    for range in content.damaged + [content.torn].compactMap(\.self) {
      let kept = try SpoolFile.keep(
        bytes[range], as: "\(path).\(range.lowerBound)", in: directory)
      damage.append(
        Damage(path: path, offset: range.lowerBound, byteCount: range.count, kept: kept))
    }
    return damage
  }

  /// The batches of a file; damage that came since the spool was opened is kept and noted.
  private func records(of path: String) throws(SpoolError) -> [SpoolRecord] {
    let bytes = try SpoolFile.read(path)
    let content = SpoolRecord.decode(bytes)
    for found in try Spool.keep(content, of: bytes, path, in: directory)
    where !damage.contains(found) {
      damage.append(found)
    }
    return content.records
  }

  /// Batches that wait.
  public var waitingBatches: Int { Int(nextID - 1 - acknowledged) }

  /// Whether nothing waits.
  public var isEmpty: Bool { nextID - 1 == acknowledged }

  /// Whether a batch fits, or older ones make room for it.
  public func hasRoom(for byteCount: Int) -> Bool {
    overflow == .dropOldest || files.isEmpty
      || usedBytes + byteCount + SpoolRecord.headerBytesMax <= limitBytes
  }

  /// Keeps a batch; it is on disk when this returns.
  ///
  /// - Returns: the batch's id.
  @discardableResult
  public func append(_ lines: [UInt8]) throws(SpoolError) -> UInt64 {
    let record = SpoolRecord(id: nextID, lines: lines).encoded
    try makeRoom(for: record.count)
    if let last = files.last, writing != nil, last.byteCount + record.count > fileBytes {
      writing = nil
    }
    if writing == nil {
      let path = directory + "/" + SpoolFile.name(nextID)
      writing = try SpoolFile(creating: path, in: directory)
      files.append(File(path: path, ids: nextID...nextID, byteCount: 0))
      // With nothing older waiting, the next batch given out is this one: keep it at hand.
      if isEmpty { reading = (path, []) }
    }
    let last = files.count - 1
    do {
      try writing?.append(record)
    } catch {
      // The file may now end in part of a record: nothing may follow it there.
      writing = nil
      if files[last].byteCount == 0 {
        // The name must be free for the next try; where it cannot be, that try says so.
        try? SpoolFile.remove(files.removeLast().path)
      } else {
        try SpoolFile.truncate(files[last].path, to: files[last].byteCount)
      }
      throw error
    }
    if reading?.path == files[last].path {
      reading?.records.append(SpoolRecord(id: nextID, lines: lines))
    }
    files[last].ids = files[last].ids.lowerBound...nextID
    files[last].byteCount += record.count
    usedBytes += record.count
    defer { nextID += 1 }
    return nextID
  }

  /// The first batch with an id above `id`, or `nil` where none waits.
  public func batch(after id: UInt64) throws(SpoolError) -> Batch? {
    let wanted = max(id, acknowledged) + 1
    for file in files where file.ids.upperBound >= wanted && file.byteCount > 0 {
      if reading?.path != file.path || (reading?.records.last?.id ?? 0) < wanted {
        reading = (file.path, try records(of: file.path))
      }
      if let record = reading?.records.first(where: { $0.id >= wanted }) {
        return Batch(id: record.id, lines: record.lines)
      }
    }
    return nil
  }

  /// Lets go of every batch up to an id: the server has them.
  public func acknowledge(through id: UInt64) throws(SpoolError) {
    acknowledged = max(acknowledged, min(id, nextID - 1))
    while let oldest = files.first, oldest.ids.upperBound <= acknowledged {
      try removeOldest(oldest)
    }
  }

  private func makeRoom(for byteCount: Int) throws(SpoolError) {
    while usedBytes + byteCount > limitBytes {
      guard overflow == .dropOldest, let oldest = files.first else {
        if files.isEmpty { return }  // One batch is always kept, however large.
        throw .full(usedBytes: usedBytes, limitBytes: limitBytes)
      }
      droppedBatches += Int(oldest.ids.upperBound - max(acknowledged, oldest.ids.lowerBound - 1))
      acknowledged = max(acknowledged, oldest.ids.upperBound)
      try removeOldest(oldest)
    }
  }

  private func removeOldest(_ oldest: File) throws(SpoolError) {
    if files.count == 1 { writing = nil }
    if reading?.path == oldest.path { reading = nil }
    try SpoolFile.remove(oldest.path)
    usedBytes -= oldest.byteCount
    files.removeFirst()
  }
}
