package import TSQCodec
package import TSQCore

/// Writes one segment: series by series, then the footer, then the name that makes it visible.
///
/// Series come in the order of their labels, so that a page of the footer is packed as soon as it is
/// full: nothing else is held of those before.
///
/// Nothing is visible before `finish` returns: bytes go to a temporary file, which is synced, renamed
/// and its folder synced. A crash in between leaves a `.seg.tmp` to be removed, never half a segment.
package struct SegmentWriter: ~Copyable {
  /// What a segment being written is about.
  package struct Description: Sendable {
    /// The store it belongs to.
    package var storeID: StoreID
    /// The log entries covered.
    package var sequences: ClosedRange<UInt64>
    /// The time partition.
    package var partition: Int64
    /// Names of the segments it replaces.
    package var supersedes: [String] = []
    /// What is known about metrics.
    package var metadata: [MetricMetadata] = []
    /// How hard to look for small encodings.
    package var effort = EncodingEffort.fast
    /// Where series are cut: samples a block holds at most, from 1 to 8,192.
    ///
    /// More make index and summaries smaller, fewer make the edges of a range cheaper to read.
    package var samplesPerBlock = ColumnFrame.samplesPerBlockMax

    /// A description with the usual settings.
    package init(storeID: StoreID, sequences: ClosedRange<UInt64>, partition: Int64) {
      self.storeID = storeID
      self.sequences = sequences
      self.partition = partition
    }
  }

  private let fileSystem: any FileSystem
  private let temporaryPath: String
  private let description: Description
  private let file: any WritableFile
  private var frames: FrameStore
  private var footer: SegmentFooter
  private var timeRange: TimeRange?
  private var sampleCount = 0

  /// Starts a segment in a new temporary file.
  ///
  /// - Parameters:
  ///   - fileSystem: where to write.
  ///   - temporaryPath: a path in the segments folder where no file is yet, ending in `.seg.tmp`.
  ///   - description: what the segment is about.
  /// - Throws: `SegmentError.file` where the temporary file cannot be made.
  package init(
    fileSystem: any FileSystem, temporaryPath: String, description: Description
  ) throws(SegmentError) {
    precondition(
      (1...ColumnFrame.samplesPerFrameMax).contains(description.samplesPerBlock),
      "a block holds 1 to \(ColumnFrame.samplesPerFrameMax) samples")
    precondition(
      description.supersedes.allSatisfy { $0.utf8.count <= SegmentRoot.nameBytesMax },
      "names of segments are short")
    let created: any WritableFile
    do throws(FileError) { created = try fileSystem.create(temporaryPath) } catch {
      throw .file(error)
    }
    self.fileSystem = fileSystem
    self.temporaryPath = temporaryPath
    self.description = description
    self.file = created
    self.footer = SegmentFooter(fullCount: description.samplesPerBlock)
    self.frames = FrameStore(
      file: created, header: SegmentFormat.header(storeID: description.storeID),
      effort: description.effort)
  }

  /// Bytes written so far, the footer not counted.
  package var byteCount: Int64 { frames.offset }
  /// Samples added so far.
  package var addedSampleCount: Int { sampleCount }

  /// Adds all samples of a series.
  ///
  /// - Parameters:
  ///   - labels: the series; it sorts behind those added before, as `LabelOrder` has it.
  ///   - columns: its samples, strictly ascending in time; with none the series is left out.
  /// - Throws: `SegmentError.file`, and then the writer can only be abandoned.
  package mutating func add(labels: Labels, columns: SampleColumns) throws(SegmentError) {
    guard !columns.isEmpty else { return }
    let (times, values) = (columns.times.span, columns.values.span)
    for index in 1..<max(1, times.count) {
      precondition(times[index - 1] < times[index], "samples of a series ascend in time")
    }
    footer.begin(labels)
    var (start, ordinal) = (0, 0)
    while start < times.count {
      let cut = start..<min(times.count, start + description.samplesPerBlock)
      let (blockTimes, blockValues) = (times.extracting(cut), values.extracting(cut))
      let block: BlockEntry
      do throws(FileError) {
        block = try append(blockTimes, blockValues, ordinal: ordinal)
      } catch { throw .file(error) }
      footer.append(block, SeriesSummary(times: blockTimes, values: blockValues))
      (start, ordinal) = (cut.upperBound, ordinal + 1)
    }
    footer.end()
    sampleCount += columns.count
    let range = TimeRange(
      start: Timestamp(nanoseconds: times[0]),
      end: Timestamp(nanoseconds: times[times.count - 1]))
    timeRange = timeRange.map { $0.union(range) } ?? range
  }

  private mutating func append(
    _ times: Span<Int64>, _ values: Span<Double>, ordinal: Int
  ) throws(FileError) -> BlockEntry {
    let timesFrame = try frames.append(times: times)
    let valuesFrame = try frames.append(values: values)
    return BlockEntry(
      firstTime: times[0], lastTime: times[times.count - 1], timesOffset: timesFrame.offset,
      valuesOffset: valuesFrame.offset, timesLength: Int32(timesFrame.length),
      valuesLength: Int32(valuesFrame.length), sampleCount: Int32(times.count), series: 0,
      ordinal: Int32(ordinal))
  }

  /// Writes the footer, makes everything durable and gives the segment its name.
  ///
  /// - Parameter name: the file name in the folder of the temporary file.
  /// - Returns: what the segment's root says.
  /// - Throws: `SegmentError.file`; the temporary file is then removed as far as possible, except
  ///   after the rename, when the segment may or may not survive a crash.
  package consuming func finish(publishAs name: String) throws(SegmentError) -> SegmentInfo {
    let folder = temporaryPath.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let directory = folder.joined(separator: "/")
    do throws(FileError) {
      defer { file.close() }
      let root = try writeFooter()
      try file.sync()
      let size = file.size
      try fileSystem.rename(temporaryPath, to: directory + "/" + name)
      // Without this a crash could forget the name, though the bytes are safe.
      try fileSystem.syncDirectory(directory)
      return root.root.info(
        name: name, storeID: description.storeID, fileSize: size, checksum: root.checksum)
    } catch {
      // What cannot be removed now is removed when the store opens next.
      try? fileSystem.remove(temporaryPath)
      throw .file(error)
    }
  }

  /// Gives up: closes and removes the temporary file.
  package consuming func abandon() {
    file.close()
    // What cannot be removed now is removed when the store opens next.
    try? fileSystem.remove(temporaryPath)
  }

  private mutating func writeFooter() throws(FileError) -> (root: SegmentRoot, checksum: UInt32) {
    footer.finish()
    footer.root.sequences = description.sequences
    footer.root.partition = description.partition
    footer.root.supersedes = description.supersedes
    footer.root.timeRange = timeRange
    footer.root.sampleCount = sampleCount
    footer.root.framesEnd = frames.offset
    for pages in [footer.labels, footer.index, footer.summaries] {
      for page in pages { try frames.append(page) }
    }
    let metadata = FooterPage.pack(MetadataPart.encode(description.metadata))
    footer.root.metadata = PageLocation(metadata)
    try frames.append(metadata)
    let directory = PageDirectory.encode(footer.directory)
    footer.root.directory = PageLocation(directory)
    try frames.append(directory)
    let root = footer.root.encode(storeID: description.storeID)
    let trailer = SegmentFormat.trailer(rootOffset: frames.offset, root: root)
    try frames.append(root)
    try frames.append(trailer)
    try frames.flush()
    return (footer.root, PageLocation(root).checksum)
  }
}

extension SegmentRoot {
  /// What the segment is, in the words the store uses.
  func info(name: String, storeID: StoreID, fileSize: Int64, checksum: UInt32) -> SegmentInfo {
    SegmentInfo(
      name: name, storeID: storeID, sequences: sequences, partition: partition,
      supersedes: supersedes, timeRange: timeRange, seriesCount: seriesCount,
      blockCount: blockCount, sampleCount: sampleCount, fileSize: fileSize, rootChecksum: checksum)
  }
}
