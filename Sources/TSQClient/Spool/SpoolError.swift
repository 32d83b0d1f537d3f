/// Why the spool could not keep or give back a batch.
public enum SpoolError: Error, Hashable, Sendable {
  /// A file operation failed; the path and the system's words.
  case file(path: String, operation: String, reason: String)
  /// The spool is at its limit and is set to refuse: both numbers are bytes.
  case full(usedBytes: Int, limitBytes: Int)
  /// Another process uses this spool.
  case locked(path: String)
}

extension SpoolError: CustomStringConvertible {
  /// One sentence for people.
  public var description: String {
    switch self {
    case .file(let path, let operation, let reason):
      "cannot \(operation) spool file `\(path)`: \(reason)"
    case .full(let used, let limit):
      "the spool is full: \(used) of \(limit) bytes wait for the server"
    case .locked(let path):
      "another process sends from the spool `\(path)`"
    }
  }
}
