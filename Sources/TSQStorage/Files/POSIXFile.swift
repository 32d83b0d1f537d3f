#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif
internal import Synchronization

/// A file of the operating system, written at its end.
final class POSIXWritableFile: WritableFile {
  private let path: String
  private let descriptor: Int32
  private let written: Atomic<Int64>
  private let isClosed = Atomic<Bool>(false)

  init(path: String, flags: Int32, operation: String) throws(FileError) {
    self.path = path
    // Append mode: after a truncation the next write goes to the new end by itself.
    self.descriptor = try POSIXCall.open(path, flags | O_WRONLY | O_APPEND, operation: operation)
    self.written = Atomic(Int64(max(0, lseek(descriptor, 0, SEEK_END))))
  }

  deinit { close() }

  var size: Int64 { written.load(ordering: .relaxed) }

  func append(_ bytes: [UInt8]) throws(FileError) {
    try POSIXCall.writeAll(descriptor, bytes, path: path)
    written.wrappingAdd(Int64(bytes.count), ordering: .relaxed)
  }

  func sync() throws(FileError) { try POSIXCall.syncData(descriptor, path: path) }

  func truncate(to size: Int64) throws(FileError) {
    if POSIXCall.retrying({ ftruncate(descriptor, off_t(size)) }) != 0 {
      throw FileError(operation: "cut", path: path, code: errno)
    }
    written.store(size, ordering: .relaxed)
  }

  func close() {
    if isClosed.exchange(true, ordering: .relaxed) { return }
    // A failed close loses nothing: whatever must last was synced before.
    _ = POSIXCall.close(descriptor)
  }
}

/// A file of the operating system, read at any offset.
final class POSIXReadableFile: ReadableFile {
  private let path: String
  private let descriptor: Int32
  private let isClosed = Atomic<Bool>(false)

  init(path: String) throws(FileError) {
    self.path = path
    self.descriptor = try POSIXCall.open(path, O_RDONLY, operation: "open")
  }

  deinit { close() }

  var size: Int64 {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 ? Int64(status.st_size) : 0
  }

  func read(at offset: Int64, count: Int) throws(FileError) -> [UInt8] {
    precondition(offset >= 0 && count >= 0, "a read starts and goes forward inside a file")
    // Never more memory than the file can fill, whatever a damaged length says.
    let wanted = Int(clamping: min(Int64(count), max(0, size - offset)))
    var failure: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
      filled = 0
      while filled < wanted {
        let length = min(wanted - filled, POSIXCall.transferCountMax)
        let position = off_t(offset) + off_t(filled)
        let got = POSIXCall.retrying {
          unsafe pread(descriptor, buffer.baseAddress.map { unsafe $0 + filled }, length, position)
        }
        if got < 0 { failure = errno }
        if got <= 0 { return }
        filled += got
      }
    }
    if failure != 0 { throw FileError(operation: "read", path: path, code: failure) }
    return bytes
  }

  func close() {
    if isClosed.exchange(true, ordering: .relaxed) { return }
    _ = POSIXCall.close(descriptor)
  }
}
