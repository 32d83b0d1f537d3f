internal import Foundation

/// A file that a command writes whole: a reader sees the old one or the new one.
///
/// A regular file is replaced by one with the same mode and owner, written beside it; symbolic links are
/// followed. What is no regular file, a pipe or a device, is written through and stays what it is.
struct OutputFile {
  private let name: String

  /// The file at a path, which need not exist.
  init(_ path: String) { name = path }

  /// Writes everything.
  ///
  /// - Throws: `CommandFailure` in the system's words; a regular file is then as it was before.
  func write(_ data: Data) throws {
    var information = stat()
    let exists = unsafe stat(name, &information) == 0
    guard exists || errno == ENOENT else { throw failure(errno) }
    switch exists ? information.st_mode & S_IFMT : S_IFREG {
    case S_IFDIR: throw CommandFailure("cannot write `\(name)`: it is a folder")
    case S_IFREG: try replace(with: data, like: exists ? information : nil)
    default:
      let descriptor = unsafe open(name, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw failure(errno) }
      try fill(descriptor, data)
    }
  }

  private func replace(with data: Data, like old: stat?) throws {
    let target = try resolved()
    // A rename needs no leave of the file it replaces.
    if old != nil, unsafe access(target, W_OK) != 0 { throw failure(errno) }
    let url = URL(fileURLWithPath: target)
    let beside = url.deletingLastPathComponent()
      .appendingPathComponent(".\(url.lastPathComponent).\(getpid())").path
    let descriptor = unsafe open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure(errno) }
    do {
      if let old {
        // Only the superuser may give a file away; where that fails the mode still counts.
        _ = fchown(descriptor, old.st_uid, old.st_gid)
        if fchmod(descriptor, old.st_mode & 0o7777) != 0 {
          let code = errno
          close(descriptor)
          throw failure(code)
        }
      }
      try fill(descriptor, data)
      guard unsafe rename(beside, target) == 0 else { throw failure(errno) }
    } catch {
      unsafe unlink(beside)
      throw error
    }
  }

  /// The path behind symbolic links, the last of which may lead to nothing yet.
  private func resolved() throws -> String {
    var path = name
    // As many as the system itself follows.
    for _ in 0..<40 {
      guard let next = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else {
        return path
      }
      path =
        next.hasPrefix("/")
        ? next
        : URL(fileURLWithPath: path).deletingLastPathComponent().appendingPathComponent(next).path
    }
    throw failure(ELOOP)
  }

  /// Writes all bytes and closes; some file systems tell only then that there is no room.
  private func fill(_ descriptor: Int32, _ data: Data) throws {
    var code: Int32 = 0
    unsafe data.withUnsafeBytes { bytes in
      var written = 0
      while written < bytes.count, code == 0 {
        let count = unsafe Foundation.write(
          descriptor, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written)
        if count >= 0 { written += count } else if errno != EINTR { code = errno }
      }
    }
    if close(descriptor) != 0, code == 0 { code = errno }
    if code != 0 { throw failure(code) }
  }

  private func failure(_ code: Int32) -> CommandFailure {
    CommandFailure("cannot write `\(name)`: \(systemErrorText(code))")
  }
}
