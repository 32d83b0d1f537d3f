/// The files of a log's folder.
enum WALDirectory {
  /// One log file, by its name.
  struct File: Equatable {
    var number: UInt64
    var path: String
  }

  static func path(_ directory: String, _ number: UInt64) -> String {
    directory + "/" + WALFormat.fileName(number)
  }

  /// The log files in the order of their numbers, which is the order of their contents.
  static func files(
    _ fileSystem: any FileSystem, _ directory: String
  ) throws(FileError) -> [File] {
    try fileSystem.list(directory)
      .compactMap { WALFormat.fileNumber($0) }
      .sorted()
      .map { File(number: $0, path: path(directory, $0)) }
  }

  /// The first sequence number a file's header names, or `nil` where the header is damaged.
  static func firstSequence(
    _ fileSystem: any FileSystem, _ path: String
  ) throws(FileError) -> UInt64? {
    let file = try fileSystem.openForReading(path)
    defer { file.close() }
    let bytes = try file.read(at: 0, count: WALFormat.fileHeaderByteCount)
    return (try? WALFileHeader(bytes))?.firstSequence
  }
}
