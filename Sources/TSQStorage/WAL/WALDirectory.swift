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

  /// Whether there is a file with a number, or a later one.
  ///
  /// - Throws: where the folder cannot be listed; a missing one has no files.
  static func reaches(
    _ number: UInt64, _ fileSystem: any FileSystem, _ directory: String
  ) throws(FileError) -> Bool {
    // A listing beside a writer may miss both a file begun and one removed meanwhile: the second
    // one does not.
    for _ in 0..<2 where fileSystem.exists(directory) {
      let newest = try files(fileSystem, directory).last?.number ?? 0
      if newest >= number { return true }
    }
    return false
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
