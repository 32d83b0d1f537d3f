internal import Synchronization
import TSQCodec
package import TSQCore

/// Reads one segment: which series it holds, where their blocks lie, their summaries and samples.
///
/// Opening reads three small parts. Everything else is read when first asked for, exactly the bytes
/// needed, and believed only after its checksum was compared. All results are immutable; any number
/// of threads may ask at once, and none holds a lock while another reads.
package final class SegmentReader: Sendable {
  /// What the segment as a whole is.
  package let info: SegmentInfo
  /// The file's path.
  package let path: String

  let root: SegmentRoot
  /// Tells this reader's blocks from another's in a `BlockScratch`; never given out twice.
  let number: UInt64
  private let file: any ReadableFile
  private let cache = Mutex(Cache())

  private static let lastNumber = Atomic<UInt64>(0)

  /// Opens a segment and reads its root.
  ///
  /// - Throws: `SegmentError` where the file cannot be read, was written by a newer version, or its
  ///   header, trailer or root is damaged.
  package init(fileSystem: any FileSystem, path: String) throws(SegmentError) {
    let file: any ReadableFile
    do throws(FileError) { file = try fileSystem.openForReading(path) } catch { throw .file(error) }
    let size = file.size
    let header = try Self.read(file, path, .header, at: 0, count: SegmentFormat.headerBytes)
    let storeID = try SegmentFormat.readHeader(header, path: path)
    let tail = max(0, size - Int64(SegmentFormat.trailerBytes))
    let trailer = try Self.read(file, path, .trailer, at: tail, count: SegmentFormat.trailerBytes)
    let place = try SegmentFormat.readTrailer(trailer, fileSize: size, path: path)
    let bytes = try Self.read(file, path, .root, at: place.offset, count: place.length)
    do {
      try Self.check(bytes, place.checksum)
      root = try SegmentRoot(decoding: bytes, storeID: storeID, at: place.offset)
    } catch {
      throw .damagedPart(path: path, part: .root, reason: "\(error)")
    }
    self.path = path
    self.file = file
    number = Self.lastNumber.wrappingAdd(1, ordering: .relaxed).newValue
    let name = path.split(separator: "/").last.map(String.init) ?? path
    info = root.info(name: name, storeID: storeID, fileSize: size, checksum: place.checksum)
  }

  deinit { file.close() }

  /// Where the file's bytes go.
  package var layout: SegmentLayout {
    let frames = root.framesEnd - Int64(SegmentFormat.headerBytes)
    return SegmentLayout(
      frames: frames, labels: root.labelsLength, index: root.indexLength,
      summaries: root.summariesLength,
      rest: info.fileSize - root.metadataStart
        + Int64(SegmentFormat.headerBytes))
  }

  // MARK: - Bytes

  func read(_ part: SegmentPart, at offset: Int64, count: Int) throws(SegmentError) -> [UInt8] {
    try Self.read(file, path, part, at: offset, count: count)
  }

  /// Reads bytes of the frames region; fewer only where the file has been cut short.
  func readFrames(at offset: Int64, count: Int) throws(FileError) -> [UInt8] {
    try file.read(at: offset, count: count)
  }

  private static func read(
    _ file: any ReadableFile, _ path: String, _ part: SegmentPart, at offset: Int64, count: Int
  ) throws(SegmentError) -> [UInt8] {
    let bytes: [UInt8]
    do throws(FileError) { bytes = try file.read(at: offset, count: count) } catch {
      throw .file(error)
    }
    guard bytes.count == count else {
      throw .damagedPart(
        path: path, part: part,
        reason: "the file is cut short: \(bytes.count) bytes of \(count) at offset \(offset)")
    }
    return bytes
  }

  private static func check(_ bytes: [UInt8], _ stored: UInt32) throws {
    let computed = CRC32C.checksum(bytes.rawSpan)
    guard computed == stored else {
      throw InvalidPart("its checksum is \(computed), recorded is \(stored)")
    }
  }

  // MARK: - Pages

  /// What has been read already.
  ///
  /// Emptied as a whole when it grows past its limit: pages are cheap to read again.
  private struct Cache {
    static let bytesMax = 1 << 20
    var directory: PageDirectory?
    var index: [Int: IndexPage.Contents] = [:]
    var summaries: [Int: [UInt8]] = [:]
    var bytes = 0

    mutating func makeRoom(for count: Int) {
      if bytes + count > Self.bytesMax {
        index.removeAll()
        summaries.removeAll()
        bytes = 0
      }
      bytes += count
    }
  }

  func directory() throws(SegmentError) -> PageDirectory {
    if let known = cache.withLock({ $0.directory }) { return known }
    let bytes = try read(.directory, at: root.directoryStart, count: root.directory.length)
    let directory: PageDirectory
    do {
      try Self.check(bytes, root.directory.checksum)
      directory = try PageDirectory(decoding: bytes, root: root)
    } catch {
      throw .damagedPart(path: path, part: .directory, reason: "\(error)")
    }
    cache.withLock { $0.directory = directory }
    return directory
  }

  /// A page as it was before packing.
  private func unpacked(
    _ page: PageDirectory.Page, _ part: SegmentPart
  ) throws(SegmentError) -> [UInt8] {
    let packed = try read(part, at: page.offset, count: page.length)
    do {
      try Self.check(packed, page.checksum)
      return try FooterPage.unpack(packed)
    } catch {
      throw .damagedPart(path: path, part: part, reason: "\(error)")
    }
  }

  /// The labels of a row's series, or only the first of them.
  func labels(
    row: PageDirectory.Row, limit: Int = .max
  ) throws(SegmentError) -> [Labels] {
    let page = try unpacked(row.labels, .labels)
    do { return try LabelPage.decode(page, count: row.seriesCount, limit: limit) } catch {
      throw .damagedPart(path: path, part: .labels, reason: "\(error)")
    }
  }

  /// The labels of a row's series as they lie in the file, unpacked.
  func labelPage(row: PageDirectory.Row) throws(SegmentError) -> [UInt8] {
    try unpacked(row.labels, .labels)
  }

  /// The numbers of a row's series.
  func numbers(
    row: PageDirectory.Row, _ registry: SeriesRegistry
  ) throws(SegmentError) -> [UInt32] {
    let page = try unpacked(row.labels, .labels)
    do { return try registry.numbers(ofPage: page, count: row.seriesCount) } catch {
      throw .damagedPart(path: path, part: .labels, reason: "\(error)")
    }
  }

  func index(row number: Int) throws(SegmentError) -> IndexPage.Contents {
    if let known = cache.withLock({ $0.index[number] }) { return known }
    let row = try directory().rows[number]
    let page = try unpacked(row.index, .index)
    let contents: IndexPage.Contents
    do {
      contents = try IndexPage.decode(
        page,
        IndexPage.Bounds(
          seriesCount: row.seriesCount, blockCount: row.blockCount, firstSeries: row.firstSeries,
          fullCount: root.fullCount, frames: root.frames))
    } catch {
      throw .damagedPart(path: path, part: .index, reason: "\(error)")
    }
    cache.withLock { cache in
      cache.makeRoom(for: contents.blocks.count * MemoryLayout<BlockEntry>.stride)
      cache.index[number] = contents
    }
    return contents
  }

  func summaryPage(row number: Int) throws(SegmentError) -> [UInt8] {
    if let known = cache.withLock({ $0.summaries[number] }) { return known }
    let page = try unpacked(try directory().rows[number].summaries, .summaries)
    cache.withLock { cache in
      cache.makeRoom(for: page.count)
      cache.summaries[number] = page
    }
    return page
  }

  /// What is known about metrics.
  package func metadata() throws(SegmentError) -> [MetricMetadata] {
    let bytes = try read(.metadata, at: root.metadataStart, count: root.metadata.length)
    do {
      try Self.check(bytes, root.metadata.checksum)
      return try MetadataPart.decode(try FooterPage.unpack(bytes))
    } catch {
      throw .damagedPart(path: path, part: .metadata, reason: "\(error)")
    }
  }
}
