internal import TSQCodec

/// Reads the log from its files.
package enum WALReader {
  /// Delivers every entry after a sequence number, in order, and says what could not be read.
  ///
  /// Streaming: memory is a window of one file and the entry at hand, time is linear in the bytes.
  /// Read-only, it changes nothing, and a writer may append, begin files and drop old ones
  /// meanwhile. Otherwise it cuts a torn last frame off and copies damaged ranges aside.
  ///
  /// - Parameters:
  ///   - fileSystem: where.
  ///   - directory: the log's folder; a missing one is an empty log.
  ///   - storeID: whose log; files of another store are refused.
  ///   - afterSequence: the last number that is safe in segments already.
  ///   - resolver: gives process-wide numbers to the series of delivered samples.
  ///   - readOnly: whether nothing may be changed.
  ///   - quarantineDirectory: where damaged ranges are copied; `quarantine` beside the log's folder
  ///     unless said.
  ///   - body: receives each entry with its number.
  /// - Returns: what was found.
  /// - Throws: `foreignFile`, `newerFormat`, `file`, and whatever `body` throws. Damage is not
  ///   thrown.
  package static func replay(
    fileSystem: any FileSystem, directory: String, storeID: StoreID, afterSequence: UInt64 = 0,
    resolver: any SeriesResolver, readOnly: Bool, quarantineDirectory: String? = nil,
    body: (UInt64, WALEntry) throws(StoreError) -> Void
  ) throws(StoreError) -> WALRecoveryReport {
    let quarantine = quarantineDirectory ?? POSIXFileSystem.parent(of: directory) + "/quarantine"
    var replay = WALReplay(
      fileSystem: fileSystem, directory: directory, quarantineDirectory: quarantine,
      storeID: storeID, afterSequence: afterSequence, resolver: resolver, readOnly: readOnly)
    try replay.run(body)
    return replay.report
  }
}

/// One replay in progress.
private struct WALReplay {
  let fileSystem: any FileSystem
  let directory: String
  let quarantineDirectory: String
  let storeID: StoreID
  let afterSequence: UInt64
  let resolver: any SeriesResolver
  let readOnly: Bool
  var report = WALRecoveryReport()
  /// Most copies of damaged ranges: each costs two syncs, and a file of rubble has any number.
  private static let copyCountMax = 1_000
  /// The highest file number dealt with.
  private var doneNumber: UInt64 = 0
  /// The highest sequence number of the files dealt with, delivered or not.
  private var fileSequence: UInt64 = 0
  /// Set once the end of the newest file was seen; what a writer does from then on is not ours.
  private var isAtEnd = false

  init(
    fileSystem: any FileSystem, directory: String, quarantineDirectory: String, storeID: StoreID,
    afterSequence: UInt64, resolver: any SeriesResolver, readOnly: Bool
  ) {
    self.fileSystem = fileSystem
    self.directory = directory
    self.quarantineDirectory = quarantineDirectory
    self.storeID = storeID
    self.afterSequence = afterSequence
    self.resolver = resolver
    self.readOnly = readOnly
    report.lastSequence = afterSequence
  }

  mutating func run(_ body: (UInt64, WALEntry) throws(StoreError) -> Void) throws(StoreError) {
    guard fileSystem.exists(directory) else { return }
    while !isAtEnd, let file = try nextFile() {
      do {
        try read(file, body)
      } catch .file(let error) where error.isMissing && readOnly {
        // Dropped since it was listed: all of it is in segments. The new listing does without it.
        continue
      }
      doneNumber = file.number
    }
  }

  // MARK: - Which file is next

  private func pendingFiles() throws(StoreError) -> [WALDirectory.File] {
    do {
      return try WALDirectory.files(fileSystem, directory).filter { $0.number > doneNumber }
    } catch {
      throw .file(error)
    }
  }

  /// The first file not dealt with that can hold an entry to deliver.
  private mutating func nextFile() throws(StoreError) -> WALDirectory.File? {
    while true {
      let pending = try pendingFiles()
      guard let file = pending.first else { return nil }
      guard pending.count > 1 else { return file }
      // A file ends where the next begins.
      let following: UInt64?
      do {
        following = try WALDirectory.firstSequence(fileSystem, pending[1].path)
      } catch {
        if error.isMissing && readOnly { continue }
        throw .file(error)
      }
      guard let following, following <= afterSequence + 1 else { return file }
      doneNumber = file.number
    }
  }

  /// Whether no newer file exists: only then can the end of a file be work in progress.
  private func isLast(_ file: WALDirectory.File) throws(StoreError) -> Bool {
    try !pendingFiles().contains { $0.number > file.number }
  }

  // MARK: - One file

  private mutating func read(
    _ file: WALDirectory.File, _ body: (UInt64, WALEntry) throws(StoreError) -> Void
  ) throws(StoreError) {
    do {
      let handle = try fileSystem.openForReading(file.path)
      defer { handle.close() }
      let header = try readHeader(file, handle)
      let isHeaderGood = header != nil
      if !isHeaderGood, handle.size <= Int64(WALFormat.fileHeaderByteCount) {
        // Frames follow only once the header is synced: nothing can have been in this file.
        report.tornByteCount += handle.size
        return
      }
      let start = isHeaderGood ? Int64(WALFormat.fileHeaderByteCount) : 0
      var scanner = WALFrameScanner(
        file: handle, salt: WALFormat.salt(storeID), position: start,
        lastSequence: max(fileSequence, max(1, header?.firstSequence ?? 1) - 1))
      try readFrames(file, &scanner, isHeaderGood: isHeaderGood, body)
      report.fileCount += 1
      report.byteCount += scanner.position
      fileSequence = scanner.lastSequence
    } catch let error as FileError {
      throw .file(error)
    } catch let error as StoreError {
      throw error
    } catch {
      throw .invalidArgument("\(error)")
    }
  }

  /// Reads the header, and takes note where numbers are left out before it.
  ///
  /// - Returns: `nil` where the header is damaged.
  private mutating func readHeader(
    _ file: WALDirectory.File, _ handle: any ReadableFile
  ) throws -> WALFileHeader? {
    let bytes = try handle.read(at: 0, count: WALFormat.fileHeaderByteCount)
    do {
      let header = try WALFileHeader(bytes)
      guard header.storeID == storeID else {
        throw StoreError.foreignFile(
          path: file.path, expected: storeID, found: header.storeID)
      }
      noteGap(before: header.firstSequence)
      return header
    } catch WALFileHeader.Failure.newer(let version) {
      throw StoreError.newerFormat(
        path: file.path, found: version, supported: UInt32(WALFormat.version) << 16)
    } catch WALFileHeader.Failure.damaged {
      return nil
    }
  }

  private mutating func readFrames(
    _ file: WALDirectory.File, _ scanner: inout WALFrameScanner, isHeaderGood: Bool,
    _ body: (UInt64, WALEntry) throws(StoreError) -> Void
  ) throws {
    var decoder = WALFrameDecoder(resolver: resolver)
    var isSecondLook = false
    while true {
      let start = scanner.position
      switch try scanner.next() {
      case .frame(let header):
        try deliver(header, start, file, &decoder, scanner.frameBody, body)
      case .damage(let range, let reason):
        quarantine(file, range, start == 0 ? "the file header is damaged" : reason)
      case .tail(let range, let isCompleteFrame):
        let last = try isLast(file)
        if readOnly, !last, !isSecondLook {
          // A writer that begins a new file has completed this one, perhaps after we read its end.
          isSecondLook = true
          scanner.rewind(to: range.lowerBound)
          continue
        }
        isAtEnd = last
        try finish(file, range, isCompleteFrame, isTorn: last && isHeaderGood)
        return
      }
    }
  }

  private mutating func deliver(
    _ header: WALFrameHeader, _ start: Int64, _ file: WALDirectory.File,
    _ decoder: inout WALFrameDecoder, _ bytes: RawSpan,
    _ body: (UInt64, WALEntry) throws(StoreError) -> Void
  ) throws(StoreError) {
    let range = start..<start + Int64(header.frameByteCount)
    do {
      guard header.sequence > afterSequence else {
        try decoder.readDefinitions(header.kind, bytes)
        return
      }
      noteGap(before: header.sequence)
      report.lastSequence = header.sequence
      let decoded = try decoder.decode(header.kind, bytes)
      if decoded.samplesWithoutSeries > 0 {
        report.samplesWithoutSeries += decoded.samplesWithoutSeries
        let count = decoded.samplesWithoutSeries
        quarantine(file, range, "\(count) samples whose series' definitions are damaged")
      }
      report.entryCount += 1
      if case .samples(let batch) = decoded.entry { report.sampleCount += batch.count }
      try body(header.sequence, decoded.entry)
    } catch let error as WALBodyError {
      // Whole by its checksum and yet not readable: a writer's fault. It is kept and named.
      if header.sequence > afterSequence { report.missingEntryCount += 1 }
      quarantine(file, range, "the frame with sequence \(header.sequence): \(error)")
    } catch let error as StoreError {
      throw error
    } catch {
      throw .invalidArgument("\(error)")
    }
  }

  private mutating func noteGap(before sequence: UInt64) {
    let expected = report.lastSequence + 1
    guard sequence > expected else { return }
    if report.entryCount == 0 { report.beginsAfterGap = true }
    report.missingEntryCount += sequence - expected
    report.lastSequence = sequence - 1
  }

  // MARK: - What is no frame

  /// Deals with the bytes at the end of a file that no valid frame follows.
  private mutating func finish(
    _ file: WALDirectory.File, _ range: Range<Int64>, _ isCompleteFrame: Bool, isTorn: Bool
  ) throws(FileError) {
    if range.isEmpty { return }
    guard isTorn else {
      // The file was synced before the next one was begun: this is no crash's doing.
      quarantine(file, range, "not a frame up to the file's end")
      return
    }
    report.tornByteCount += Int64(range.count)
    if isCompleteFrame {
      // All of a frame's bytes are there and its checksum is wrong. A crash leaves this behind, and
      // so does a flipped bit in the last frame that was acknowledged: keep the bytes, and say so.
      let reason =
        "the last entry has a wrong checksum: a power cut tore it before it was acknowledged, or it is "
        + "damaged"
      if readOnly {
        // Or a writer is at it: only who looks again can tell.
        report.suspect = WALRecoveryReport.QuarantinedRange(
          path: file.path, offset: range.lowerBound, byteCount: Int64(range.count), reason: reason)
        return
      }
      quarantine(file, range, reason)
      if report.quarantined.last?.copy == nil { return }
    }
    if readOnly { return }
    try fileSystem.truncate(file.path, to: range.lowerBound)
  }

  private mutating func quarantine(
    _ file: WALDirectory.File, _ range: Range<Int64>, _ reason: String
  ) {
    var entry = WALRecoveryReport.QuarantinedRange(
      path: file.path, offset: range.lowerBound, byteCount: Int64(range.count), reason: reason)
    if !readOnly, report.quarantined.count < WALReplay.copyCountMax {
      // A full disk must not keep the store from opening: without a copy the report says so.
      entry.copy = try? WALQuarantine.copy(
        fileSystem, from: file.path, range, to: quarantineDirectory)
    }
    report.quarantined.append(entry)
  }
}
