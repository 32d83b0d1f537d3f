internal import TSQCodec

/// Writes the log.
///
/// Not safe for several threads: the commit queue's thread is its only caller.
///
/// A writer always begins a file of its own. Nothing is ever appended behind bytes that an earlier
/// process left, so what recovery found in an old file stays true for as long as the file exists.
package final class WALWriter {
  private let fileSystem: any FileSystem
  private let directory: String
  private let storeID: StoreID
  private let options: WALOptions
  private var encoder: WALFrameEncoder
  private var staging = ByteWriter()

  /// Older files, oldest first, with the lowest sequence number each can hold.
  private var olderFiles: [(number: UInt64, firstSequence: UInt64)] = []
  private var fileNumber: UInt64
  /// `nil` while a full disk has no room for one: the first entry that fits begins it.
  private var file: (any WritableFile)?
  private var fileFirstSequence: UInt64
  /// The highest number tried, so that what a failed attempt left behind is never in the way.
  private var lastNumberTried: UInt64
  private var hasUnsyncedBytes = false
  private var failure: String?

  /// The sequence number the next entry gets.
  package private(set) var nextSequence: UInt64

  /// Begins a new log file behind those that are there.
  ///
  /// Run recovery (`WALReader.replay`, not read-only) before: it cuts what a crash left half
  /// written.
  ///
  /// - Parameters:
  ///   - fileSystem: where.
  ///   - directory: the log's folder; made where it is missing.
  ///   - storeID: whose log.
  ///   - nextSequence: greater than every number that the log or a segment has seen.
  ///   - lastFile: the newest file known to have been there; its number is not used again.
  ///   - resolver: knows the labels of every series that will be written.
  ///   - options: the limits.
  /// - Throws: `file` where the folder or the file cannot be made. A full disk is no reason: what the
  ///   store holds can be read and deleted, and writing says `diskFull` until there is room.
  package init(
    fileSystem: any FileSystem, directory: String, storeID: StoreID, nextSequence: UInt64,
    lastFile: UInt64 = 0, resolver: any SeriesResolver, options: WALOptions = WALOptions()
  ) throws(StoreError) {
    precondition(nextSequence > 0, "sequence numbers begin at 1")
    self.fileSystem = fileSystem
    self.directory = directory
    self.storeID = storeID
    self.options = options
    self.nextSequence = nextSequence
    self.fileFirstSequence = nextSequence
    self.encoder = WALFrameEncoder(
      storeID: storeID, resolver: resolver, bodyByteCountMax: options.bodyByteCountMax)
    var emptyFiles: [String] = []
    do {
      try fileSystem.createDirectory(directory)
      let files = try WALDirectory.files(fileSystem, directory)
      for existing in files {
        if try fileSystem.size(existing.path) <= Int64(WALFormat.fileHeaderByteCount) {
          emptyFiles.append(existing.path)
          continue
        }
        let first = try WALDirectory.firstSequence(fileSystem, existing.path) ?? 0
        olderFiles.append((existing.number, first))
      }
      fileNumber = max(files.last?.number ?? 0, lastFile) + 1
      lastNumberTried = fileNumber
    } catch {
      throw StoreError(error, neededBytes: Int64(WALFormat.fileHeaderByteCount))
    }
    do {
      file = try WALWriter.makeFile(
        fileSystem, directory, number: fileNumber, storeID: storeID, firstSequence: nextSequence)
      // Opening and closing a store would otherwise leave an empty file each time. The new one is
      // durable before: the newest file there ever was must not seem to be gone after a crash.
      for path in emptyFiles { try fileSystem.remove(path) }
    } catch {
      guard error.isDiskFull else { throw .file(error) }
    }
    encoder.beginFile()
  }

  /// The number of the file at hand, durable with its name; `nil` while a full disk has no room for
  /// one.
  package var fileAtHand: UInt64? { file == nil ? nil : fileNumber }

  /// Bytes of frames in the file at hand.
  package var bytesSinceRotation: Int64 {
    file.map { $0.size - Int64(WALFormat.fileHeaderByteCount) } ?? 0
  }

  /// Log files there are, the one at hand included.
  package var fileCount: Int { olderFiles.count + (file == nil ? 0 : 1) }

  /// Whether samples of about so many bytes may be written and the free-space floor, or a reserve that is
  /// more, is left.
  ///
  /// - Throws: `diskFull` where they may not; nothing is changed then.
  package func requireRoom(
    forBytes byteCount: Int, reserve: Int64
  ) throws(StoreError) {
    let needed = Int64(byteCount) + max(options.freeSpaceFloor, reserve)
    let free: Int64
    do {
      free = try fileSystem.freeSpace(directory)
    } catch {
      throw .file(error)
    }
    if free < needed { throw .diskFull(freeBytes: free, neededBytes: needed) }
  }

  /// Appends one frame an entry; durable after the next `sync`.
  ///
  /// - Returns: the entries' sequence numbers.
  /// - Throws: `entryTooLarge` or `diskFull`, and then nothing was written and no number is used
  ///   up; `poisoned` where the state of the file is not known.
  package func write(_ entries: [WALEntry]) throws(StoreError) -> ClosedRange<UInt64> {
    precondition(!entries.isEmpty, "a group has at least one entry")
    try requireSound()
    if file == nil { try beginFile() }
    if bytesSinceRotation >= options.fileByteCountMax || encoder.isNearlyFull {
      _ = try rotate()
    }
    staging.removeAllKeepingCapacity()
    var sequence = nextSequence
    for entry in entries {
      do {
        try WALWriter.requireFrameSize(entry)
        try encoder.append(entry, sequence: sequence, to: &staging)
      } catch {
        encoder.forgetDefinitions()
        throw error
      }
      sequence += 1
    }
    try appendStaged()
    let range = nextSequence...sequence - 1
    nextSequence = sequence
    return range
  }

  /// Makes every frame written durable.
  ///
  /// - Throws: `poisoned`: a failed sync says nothing about which bytes are safe, and a second one
  ///   may succeed without having written them.
  package func sync() throws(StoreError) {
    try requireSound()
    guard hasUnsyncedBytes, let file else { return }
    do {
      try file.sync()
      hasUnsyncedBytes = false
    } catch {
      throw poison("\(error)")
    }
  }

  /// Syncs the file at hand and begins the next; nothing happens where it holds no frame yet.
  ///
  /// - Returns: the first sequence number that the file at hand will hold.
  /// - Throws: `diskFull` where the new file has no room: the old one stays in use.
  package func rotate() throws(StoreError) -> UInt64 {
    try sync()
    if bytesSinceRotation == 0 { return nextSequence }
    try beginFile()
    return nextSequence
  }

  /// Begins a file behind those there are.
  private func beginFile() throws(StoreError) {
    let next: any WritableFile
    lastNumberTried += 1
    do {
      next = try WALWriter.makeFile(
        fileSystem, directory, number: lastNumberTried, storeID: storeID,
        firstSequence: nextSequence)
    } catch {
      if error.isDiskFull {
        throw StoreError(error, neededBytes: Int64(WALFormat.fileHeaderByteCount))
      }
      throw poison("\(error)")
    }
    if let file {
      file.close()
      olderFiles.append((fileNumber, fileFirstSequence))
    }
    (file, fileNumber, fileFirstSequence) = (next, lastNumberTried, nextSequence)
    encoder.beginFile()
  }

  /// Removes the files whose every sequence number is at most a given one, oldest first.
  ///
  /// - Throws: `file`; the log is as good as before, with some old files more.
  package func dropPrefix(throughSequence sequence: UInt64) throws(StoreError) {
    var removed = false
    do {
      while let oldest = olderFiles.first {
        // A file ends where the next begins; 0 stands for a damaged header, which says nothing.
        let following = olderFiles.dropFirst().map(\.firstSequence) + [fileFirstSequence]
        let next = following.first { $0 > 0 } ?? 0
        guard next > 0, next - 1 <= sequence else { break }
        do {
          try fileSystem.remove(WALDirectory.path(directory, oldest.number))
        } catch  where error.isMissing {
          // Gone by other hands, or by an earlier try whose folder sync failed.
        }
        olderFiles.removeFirst()
        removed = true
      }
      if removed { try fileSystem.syncDirectory(directory) }
    } catch {
      throw .file(error)
    }
  }

  /// Closes the file; what is not synced may be lost.
  package func close() {
    if failure == nil { failure = "the log is closed" }
    file?.close()
  }

  // MARK: - Steps

  /// Refuses an entry that no frame can hold.
  package static func requireFrameSize(_ entry: WALEntry) throws(StoreError) {
    guard case .samples(let batch) = entry, batch.count > WALFormat.samplesPerFrameMax else {
      return
    }
    throw .entryTooLarge(
      bytes: batch.count * 16, maximum: WALFormat.samplesPerFrameMax * 16)
  }

  private func appendStaged() throws(StoreError) {
    guard let file else { throw .closed }
    let before = file.size
    do {
      try file.append(staging.bytes)
      hasUnsyncedBytes = true
    } catch {
      encoder.forgetDefinitions()
      guard error.isDiskFull else { throw poison("\(error)") }
      // Part of a frame may stand there: with it cut off again, the log is as it was.
      do {
        try file.truncate(to: before)
      } catch {
        throw poison("\(error)")
      }
      throw StoreError(error, neededBytes: Int64(staging.count))
    }
  }

  private func requireSound() throws(StoreError) {
    if let failure { throw .poisoned(reason: failure) }
  }

  private func poison(_ reason: String) -> StoreError {
    failure = reason
    return .poisoned(reason: reason)
  }

  /// Makes a file with its header, header and name synced, so that frames synced later are found.
  private static func makeFile(
    _ fileSystem: any FileSystem, _ directory: String, number: UInt64, storeID: StoreID,
    firstSequence: UInt64
  ) throws(FileError) -> any WritableFile {
    let path = WALDirectory.path(directory, number)
    let file = try fileSystem.create(path)
    do {
      try file.append(WALFileHeader(storeID: storeID, firstSequence: firstSequence).encoded())
      try file.sync()
      try fileSystem.syncDirectory(directory)
    } catch {
      file.close()
      // Best effort: a file without frames is removed by the next recovery at the latest.
      try? fileSystem.remove(path)
      throw error
    }
    return file
  }
}

extension StoreError {
  /// A file's failure; a full disk is named as such.
  init(_ error: FileError, neededBytes: Int64) {
    self = error.isDiskFull ? .diskFull(freeBytes: 0, neededBytes: neededBytes) : .file(error)
  }
}
