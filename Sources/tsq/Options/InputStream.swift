internal import Foundation
internal import Glibc

/// The bytes of named files, or of standard input for `-`, in pieces.
///
/// A piece is what there is: a pipe that gives little at a time is not waited for.
struct InputStream: Sequence, IteratorProtocol {
  /// Bytes a piece at most: large enough that reading costs nothing beside parsing.
  static let pieceBytes = 1 << 20

  /// The file's name for messages.
  let name: String
  private let handle: FileHandle
  private(set) var failure: (any Error)?

  /// Opens a file for reading.
  init(_ path: String) throws {
    name = path == "-" ? "standard input" : path
    guard path != "-" else {
      handle = .standardInput
      return
    }
    var isFolder: ObjCBool = false
    let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard exists, !isFolder.boolValue, let opened = FileHandle(forReadingAtPath: path) else {
      throw CommandFailure(
        isFolder.boolValue
          ? "`\(path)` is a folder, not a file"
          : "cannot read `\(path)`: no such file, or no permission")
    }
    handle = opened
  }

  /// Whether the next piece, or the end, is there or comes within a time; files never wait.
  func hasInput(within milliseconds: Int32) -> Bool {
    var wanted = pollfd(fd: handle.fileDescriptor, events: Int16(POLLIN), revents: 0)
    // A failure of `poll` is left for `read` to tell.
    return unsafe poll(&wanted, 1, milliseconds) != 0
  }

  /// The next piece, or `nil` at the end or after `failure`.
  mutating func next() -> [UInt8]? {
    let descriptor = handle.fileDescriptor
    var count = 0
    let piece = unsafe [UInt8](unsafeUninitializedCapacity: Self.pieceBytes) { buffer, filled in
      repeat {
        count = unsafe read(descriptor, buffer.baseAddress, buffer.count)
      } while count < 0 && errno == EINTR
      filled = Swift.max(0, count)
    }
    if count < 0 { failure = POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    return count > 0 ? piece : nil
  }

  /// Throws what went wrong while reading, if anything did.
  func check() throws {
    if let failure {
      throw CommandFailure("reading \(name) failed: \(failure.localizedDescription)")
    }
  }
}
