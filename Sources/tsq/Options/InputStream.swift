internal import Foundation

/// The bytes of named files, or of standard input for `-`, in pieces.
struct InputStream: Sequence, IteratorProtocol {
  /// Bytes a piece: large enough that reading costs nothing beside parsing.
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

  /// The next piece, or `nil` at the end or after `failure`.
  mutating func next() -> Data? {
    do {
      guard let piece = try handle.read(upToCount: Self.pieceBytes), !piece.isEmpty else {
        return nil
      }
      return piece
    } catch {
      failure = error
      return nil
    }
  }

  /// Throws what went wrong while reading, if anything did.
  func check() throws {
    if let failure {
      throw CommandFailure("reading \(name) failed: \(failure.localizedDescription)")
    }
  }
}
