public import TSQCore

/// Why the store could not do what it was asked.
public enum StoreError: Error, Hashable, Sendable {
  /// A file operation failed in a way that leaves the store as it was.
  case file(FileError)
  /// Another process writes to this store.
  case locked(directory: String, holder: String)
  /// A write or sync failed, so what is on disk is not known: nothing more is accepted until the
  /// store is opened anew, which recovers by replay.
  case poisoned(reason: String)
  /// Too little space; nothing was written. Taken back by itself when space returns.
  case diskFull(freeBytes: Int64, neededBytes: Int64)
  /// A new series would pass the limit; known series go on.
  case seriesLimit(limit: Int)
  /// One entry is larger than a log frame may be.
  case entryTooLarge(bytes: Int, maximum: Int)
  /// Stored bytes are damaged; everything outside stays readable.
  case damaged(DamageReport)
  /// A file belongs to another store.
  case foreignFile(path: String, expected: StoreID, found: StoreID)
  /// A file was written by a newer version of tsq.
  case newerFormat(path: String, found: UInt32, supported: UInt32)
  /// The store is open for reading only.
  case readOnly
  /// The store is closed or closing.
  case closed
  /// A database of the store failed.
  case database(path: String, reason: String)
  /// An argument cannot be meant.
  case invalidArgument(String)
}

extension StoreError: CustomStringConvertible {
  /// The error in words, with what to do where that is known.
  public var description: String {
    switch self {
    case .file(let error): error.description
    case .locked(let directory, let holder):
      "the store `\(directory)` is in use by \(holder); stop it, or ask it through `--server`"
    case .poisoned(let reason):
      "the store stopped accepting data: \(reason); restart to recover from the log"
    case .diskFull(let freeBytes, let neededBytes):
      "the disk is full: \(freeBytes) bytes are free and \(neededBytes) are needed"
    case .seriesLimit(let limit): "the limit of \(limit) series is reached"
    case .entryTooLarge(let bytes, let maximum):
      "one batch is \(bytes) bytes, the most that fits is \(maximum); send smaller ones"
    case .damaged(let report): report.description
    case .foreignFile(let path, let expected, let found):
      "`\(path)` belongs to the store \(found), this one is \(expected)"
    case .newerFormat(let path, let found, let supported):
      "`\(path)` has format version \(found), this tsq reads up to \(supported): use a newer tsq"
    case .readOnly: "the store is open for reading only"
    case .closed: "the store is closed"
    case .database(let path, let reason): "the database `\(path)` failed: \(reason)"
    case .invalidArgument(let reason): reason
    }
  }
}

/// Bytes that cannot be what was written, and what they held as far as that is known.
public struct DamageReport: Hashable, Sendable {
  /// The damaged file.
  public let path: String
  /// The series whose samples are lost, where known.
  public let series: Labels?
  /// The time range whose samples are lost, where known.
  public let range: TimeRange?
  /// What is wrong.
  public let reason: String
  /// Whether the file is gone as a whole.
  public let isMissing: Bool
  /// What makes later openings tell of it again; `nil` where nothing does but the bytes themselves.
  public let note: Note?

  /// A file that remembers what is lost, by its path in the store's folder.
  ///
  /// Whoever removes it lives without what was lost.
  public enum Note: Hashable, Sendable {
    /// It is there.
    case written(String)
    /// The next opening to write leaves it: reading writes nothing.
    case pending(String)
  }

  /// A report on damaged bytes, or on a missing file.
  public init(
    path: String, series: Labels? = nil, range: TimeRange? = nil, reason: String,
    isMissing: Bool = false, note: Note? = nil
  ) {
    self.isMissing = isMissing
    self.note = note
    self.path = path
    self.series = series
    self.range = range
    self.reason = reason
  }
}

extension DamageReport: CustomStringConvertible {
  /// File, series, time range and reason in one line.
  public var description: String {
    var text = "`\(path)` is \(isMissing ? "missing" : "damaged"): \(reason)"
    if let series { text += "; series \(series)" }
    if let range { text += "; from \(range.start) to \(range.end)" }
    return text
  }
}

extension StoreError {
  /// What is wrong, for a report that names the file itself.
  var reason: String { if case .damaged(let damage) = self { damage.reason } else { description } }
}

extension StoreError {
  /// The same trouble of another file: that a copy was read is no concern of who reads the error.
  func concerning(_ path: String) -> StoreError {
    switch self {
    case .damaged(let report): .damaged(DamageReport(path: path, reason: report.reason))
    case .database(_, let reason): .database(path: path, reason: reason)
    case .newerFormat(_, let found, let supported):
      .newerFormat(path: path, found: found, supported: supported)
    default: self
    }
  }
}
