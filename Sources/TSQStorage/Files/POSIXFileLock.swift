#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif
internal import Synchronization

/// An exclusive `flock`, with the holder's words inside the lock file.
///
/// The kernel gives the lock back when the process dies, however it dies, so a stale lock file
/// never bars the way. The file itself stays: removing it would let two processes lock two files of
/// one name.
final class POSIXFileLock: FileLock {
  private let path: String
  private let descriptor: Int32
  private let isReleased = Atomic<Bool>(false)

  /// Longest text read from a lock file, in bytes; anything beyond was not written by us.
  static let textCountMax = 4096
  /// A reader that asks who holds the lock takes it for a moment: wait that long, no longer.
  static let retryCount = 5
  static let retryPauseMicroseconds: UInt32 = 10_000

  init(path: String) throws(FileError) {
    self.path = path
    self.descriptor = try POSIXCall.open(path, O_RDWR | O_CREAT, operation: "open the lock")
    for attempt in 0...POSIXFileLock.retryCount {
      if POSIXCall.retrying({ flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 { break }
      let code = errno
      guard code == EWOULDBLOCK, attempt < POSIXFileLock.retryCount else {
        let holder = POSIXFileLock.text(of: descriptor)
        _ = POSIXCall.close(descriptor)
        isReleased.store(true, ordering: .relaxed)
        if code != EWOULDBLOCK { throw FileError(operation: "lock", path: path, code: code) }
        throw FileError(operation: "lock", path: path, code: code, text: holder)
      }
      _ = usleep(POSIXFileLock.retryPauseMicroseconds)
    }
    try describe("")
  }

  deinit { release() }

  func describe(_ text: String) throws(FileError) {
    let line = text.isEmpty ? "process \(getpid())\n" : "process \(getpid()), \(text)\n"
    let bytes = Array(line.utf8)
    // One write over the old text, then the cut: a reader never sees an empty file in between.
    let written = unsafe bytes.withUnsafeBytes { buffer in
      POSIXCall.retrying { unsafe pwrite(descriptor, buffer.baseAddress, buffer.count, 0) }
    }
    guard written == bytes.count,
      POSIXCall.retrying({ ftruncate(descriptor, off_t(bytes.count)) }) == 0
    else { throw FileError(operation: "write", path: path, code: errno) }
  }

  func release() {
    if isReleased.exchange(true, ordering: .relaxed) { return }
    // Closing gives the lock back.
    _ = POSIXCall.close(descriptor)
  }

  /// The words of whoever holds a lock, or `nil` where it is free.
  static func holder(_ path: String) -> String? {
    guard let descriptor = try? POSIXCall.open(path, O_RDONLY, operation: "open the lock") else {
      return nil
    }
    defer { _ = POSIXCall.close(descriptor) }
    if POSIXCall.retrying({ flock(descriptor, LOCK_SH | LOCK_NB) }) == 0 { return nil }
    return text(of: descriptor)
  }

  private static func text(of descriptor: Int32) -> String {
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: textCountMax) { buffer, filled in
      let got = POSIXCall.retrying {
        unsafe pread(descriptor, buffer.baseAddress, buffer.count, 0)
      }
      filled = max(0, got)
    }
    let text = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    return text.isEmpty ? "another process" : text
  }
}

extension FileError {
  /// Whether a lock was refused because another holds it; `text` then says who.
  package var isLocked: Bool { operation == "lock" && code == EWOULDBLOCK }
}
