/// Who writes to a store at the moment.
public struct StoreHolder: Hashable, Sendable {
  /// The holder in words: its process number, and its address where it serves one.
  public let text: String
  /// Where the holder answers HTTP, as it advertised it.
  public let address: String?

  /// Looks up who holds the lock of a store; `nil` where nobody does.
  ///
  /// The answer is as of now: the holder may end the moment after.
  public static func find(_ directory: String) -> StoreHolder? {
    find(directory, fileSystem: POSIXFileSystem())
  }

  package static func find(_ directory: String, fileSystem: any FileSystem) -> StoreHolder? {
    let folder = StoreFolder(fileSystem: fileSystem, path: directory)
    return fileSystem.lockHolder(folder.lock).map(StoreHolder.init(text:))
  }

  init(text: String) {
    self.text = text
    // The lock file says `process 4711, http://127.0.0.1:9010`.
    let parts = text.split(separator: ",", maxSplits: 1)
    let rest = parts.count == 2 ? parts[1].drop { $0 == " " } : ""
    self.address = rest.hasPrefix("http://") || rest.hasPrefix("https://") ? String(rest) : nil
  }
}
