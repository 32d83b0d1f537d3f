internal import Foundation

/// Why an operation on a file failed, in the operating system's terms.
public struct FileError: Error, Hashable, Sendable {
  /// What was tried: `open`, `append`, `sync`, `rename`, ...
  public let operation: String
  /// On which path.
  public let path: String
  /// The system's error number (`errno`); 0 where the failure is not the system's.
  public let code: Int32
  /// The failure in words.
  public let text: String

  /// A failure with words of its own.
  public init(operation: String, path: String, code: Int32, text: String) {
    self.operation = operation
    self.path = path
    self.code = code
    self.text = text
  }

  /// A failure in the system's words.
  public init(operation: String, path: String, code: Int32) {
    self.init(
      operation: operation, path: path, code: code,
      text: NSError(domain: NSPOSIXErrorDomain, code: Int(code)).localizedDescription)
  }

  /// No room: the file system is full or the quota is used up.
  public var isDiskFull: Bool { code == ENOSPC || code == EDQUOT }
  /// The file is not there.
  public var isMissing: Bool { code == ENOENT }
}

extension FileError: CustomStringConvertible {
  /// `cannot sync wal/00000001.wal: Input/output error`.
  public var description: String { "cannot \(operation) `\(path)`: \(text)" }
}
