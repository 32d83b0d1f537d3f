package import TSQCodec
package import TSQStorage

/// Dead letters of every format, each in a folder of its own: a mended file is imported as one format.
package struct DeadLetterFolders: Sendable {
  private let folders: [LineFormat: DeadLetters]

  /// Folders below one, which itself holds line protocol's letters.
  ///
  /// - Parameters:
  ///   - fileSystem: where files are written.
  ///   - directory: the folder, created at the first letter.
  ///   - limitBytes: the most bytes kept, all formats together; 0 keeps none.
  ///   - lineBytes: the most bytes kept of one line.
  package init(
    fileSystem: any FileSystem, directory: String, limitBytes: Int, lineBytes: Int
  ) {
    var folders: [LineFormat: DeadLetters] = [:]
    for format in LineFormat.allCases {
      // Half for the main format, so that a flood in another one cannot push its letters out.
      let isMain = format == .lineProtocol
      let others = 2 * (LineFormat.allCases.count - 1)
      folders[format] = DeadLetters(
        fileSystem: fileSystem,
        directory: isMain ? directory : directory + "/" + format.rawValue,
        limitBytes: isMain ? limitBytes / 2 : limitBytes / others, lineBytes: lineBytes)
    }
    self.folders = folders
  }

  /// The letters of a format.
  package subscript(format: LineFormat) -> DeadLetters {
    guard let letters = folders[format] else { preconditionFailure("every format has a folder") }
    return letters
  }

  /// What became of all letters so far.
  package var counts: DeadLetters.Counts {
    folders.values.map(\.counts).reduce(into: DeadLetters.Counts()) { total, next in
      total.written += next.written
      total.lost += next.lost
    }
  }

  /// Waits until everything taken so far is in a file or counted as lost.
  package func flush() { for letters in folders.values { letters.flush() } }
}
