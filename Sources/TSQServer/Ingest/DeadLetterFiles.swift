internal import TSQStorage

/// The bounded set of files behind `DeadLetters`.
struct DeadLetterFiles: ~Copyable {
  private let fileSystem: any FileSystem
  private let directory: String
  private let limitBytes: Int
  /// A quarter of the limit: the oldest quarter goes when there is no room.
  private let fileBytes: Int
  private var writing: (any WritableFile)?
  private var files: [(name: String, byteCount: Int)]?

  init(fileSystem: any FileSystem, directory: String, limitBytes: Int) {
    self.fileSystem = fileSystem
    self.directory = directory
    self.limitBytes = limitBytes
    self.fileBytes = max(1, limitBytes / 4)
  }

  /// Adds whole letters at the end; `false` where they could not be kept.
  mutating func append(_ bytes: [UInt8]) -> Bool {
    guard bytes.count <= limitBytes else { return false }
    do throws(FileError) {
      var known = try knownFiles()
      if let last = known.last, writing != nil, last.byteCount + bytes.count > fileBytes {
        writing?.close()
        writing = nil
      }
      while known.reduce(0, { $0 + $1.byteCount }) + bytes.count > limitBytes, !known.isEmpty {
        try fileSystem.remove(directory + "/" + known.removeFirst().name)
        if known.isEmpty { writing = nil }
      }
      if writing == nil {
        let name = DeadLetterFiles.name(after: known.last?.name)
        writing = try fileSystem.create(directory + "/" + name)
        known.append((name, 0))
      }
      files = known
      try writing?.append(bytes)
      known[known.count - 1].byteCount += bytes.count
      files = known
      return true
    } catch {
      // The next letter lists the folder anew and starts a file of its own.
      writing = nil
      files = nil
      return false
    }
  }

  private mutating func knownFiles() throws(FileError) -> [(name: String, byteCount: Int)] {
    if let files { return files }
    try fileSystem.createDirectory(directory)
    var found: [(name: String, byteCount: Int)] = []
    for name in try fileSystem.list(directory) where name.hasSuffix(".lines") {
      found.append((name, Int(try fileSystem.size(directory + "/" + name))))
    }
    return found
  }

  private static func name(after last: String?) -> String {
    let number = last.flatMap { Int($0.prefix { $0 != "." }) } ?? 0
    let digits = String(number + 1)
    return String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".lines"
  }
}
