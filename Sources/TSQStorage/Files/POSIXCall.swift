#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// System calls with the retries and flags that every caller needs.
enum POSIXCall {
  /// Most bytes given to one `read` or `write`: Linux moves at most 2 GiB - 4 KiB in a call.
  static let transferCountMax = 1 << 30

  /// A call, made again while a signal interrupts it.
  static func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
      let result = call()
      if result != -1 || errno != EINTR { return result }
    }
  }

  /// Opens a file; the descriptor is not handed down to child processes.
  static func open(
    _ path: String, _ flags: Int32, operation: String
  ) throws(FileError) -> Int32 {
    let mode: mode_t = 0o666
    let descriptor = retrying {
      #if canImport(Darwin)
        unsafe Darwin.open(path, flags | O_CLOEXEC, mode)
      #elseif canImport(Glibc)
        unsafe Glibc.open(path, flags | O_CLOEXEC, mode)
      #else
        unsafe Musl.open(path, flags | O_CLOEXEC, mode)
      #endif
    }
    guard descriptor >= 0 else { throw FileError(operation: operation, path: path, code: errno) }
    return descriptor
  }

  /// Closes a descriptor.
  ///
  /// Never retried: after EINTR the number may be another file's already.
  static func close(_ descriptor: Int32) -> Int32 {
    #if canImport(Darwin)
      Darwin.close(descriptor)
    #elseif canImport(Glibc)
      Glibc.close(descriptor)
    #else
      Musl.close(descriptor)
    #endif
  }

  /// Writes all of the bytes at the descriptor's position.
  static func writeAll(
    _ descriptor: Int32, _ bytes: [UInt8], path: String
  ) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let count = min(bytes.count - done, transferCountMax)
      let written = unsafe bytes.withUnsafeBytes { buffer in
        retrying { unsafe write(descriptor, buffer.baseAddress.map { unsafe $0 + done }, count) }
      }
      if written < 0 { throw FileError(operation: "write", path: path, code: errno) }
      // A regular file never takes nothing without an error; do not spin if one does.
      if written == 0 { throw FileError(operation: "write", path: path, code: EIO) }
      done += written
    }
  }

  /// Makes a file's bytes durable, and as much metadata as reading them back needs.
  static func syncData(_ descriptor: Int32, path: String) throws(FileError) {
    #if canImport(Darwin)
      // fsync leaves the bytes in the drive's cache there.
      let result = retrying { fcntl(descriptor, F_FULLFSYNC) }
    #else
      let result = retrying { fdatasync(descriptor) }
    #endif
    if result < 0 { throw FileError(operation: "sync", path: path, code: errno) }
  }

  /// Makes a file or folder and all its metadata durable.
  static func syncAll(_ descriptor: Int32, path: String) throws(FileError) {
    if retrying({ fsync(descriptor) }) != 0 {
      throw FileError(operation: "sync", path: path, code: errno)
    }
  }
}
