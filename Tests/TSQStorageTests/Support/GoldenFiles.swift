import Foundation
import TSQTestSupport

/// Files under `Tests/Golden`, which every later version must read as this one does.
enum GoldenFiles {
  /// The folder of one kind of golden files.
  static func directory(_ kind: String) -> URL {
    URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(components: "Golden", kind)
  }

  /// The bytes of a golden file; with `TSQ_WRITE_GOLDEN=1` it is written first.
  ///
  /// - Throws: where the file is missing: a format without its golden file is not frozen.
  static func bytes(_ kind: String, _ name: String, current: [UInt8]) throws -> [UInt8] {
    let url = directory(kind).appending(component: name)
    if environment("TSQ_WRITE_GOLDEN") == "1" {
      try FileManager.default.createDirectory(
        at: directory(kind), withIntermediateDirectories: true)
      try Data(current).write(to: url)
    }
    return Array(try Data(contentsOf: url))
  }
}
