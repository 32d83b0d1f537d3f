internal import TSQCodec
internal import TSQCore

/// Turns the frames of one log file back into entries.
struct WALFrameDecoder {
  /// An entry, and the samples of the frame that nobody can place.
  struct Decoded {
    var entry: WALEntry
    /// Samples whose series was defined in damaged frames only.
    var samplesWithoutSeries = 0
  }

  private static let unresolved = UInt32.max

  private let resolver: any SeriesResolver
  /// The process-wide number of each of the file's series, `unresolved` where it has none yet.
  private var ids: [UInt32] = []
  /// Labels read and not needed yet: only a series with samples to deliver gets a number.
  private var waiting: [UInt32: Labels] = [:]
  private var locals: [Int64] = []

  init(resolver: any SeriesResolver) { self.resolver = resolver }

  /// Reads the body of a frame whose checksum is right.
  ///
  /// - Throws: `WALBodyError` where the bytes break the format all the same.
  mutating func decode(
    _ kind: WALFrameHeader.Kind, _ body: RawSpan
  ) throws(WALBodyError) -> Decoded {
    var reader = ByteReader(body)
    let decoded: Decoded
    switch kind {
    case .samples: decoded = try samples(&reader)
    case .tombstone:
      decoded = Decoded(entry: .tombstone(try OrderBodies.tombstone(&reader)))
    case .metadata:
      decoded = Decoded(entry: .metadata(try OrderBodies.metadata(&reader)))
    }
    guard reader.isAtEnd else { throw .malformed("\(reader.remaining) bytes behind the end") }
    return decoded
  }

  /// Learns the definitions of a frame whose samples nobody needs any more.
  mutating func readDefinitions(
    _ kind: WALFrameHeader.Kind, _ body: RawSpan
  ) throws(WALBodyError) {
    guard kind == .samples else { return }
    var reader = ByteReader(body)
    _ = try sampleCount(&reader)
    try definitions(&reader)
  }

  private func sampleCount(_ reader: inout ByteReader) throws(WALBodyError) -> Int {
    do {
      return try reader.readCount(maximum: WALFormat.samplesPerFrameMax)
    } catch {
      throw .malformed("\(error)")
    }
  }

  private mutating func samples(_ reader: inout ByteReader) throws(WALBodyError) -> Decoded {
    let count = try sampleCount(&reader)
    try definitions(&reader)
    var batch = SampleBatch()
    try IntegerColumn.decode(count: count, from: &reader, into: &locals)
    try IntegerColumn.decode(count: count, from: &reader, into: &batch.times)
    if count > 0 { try ValueColumn.decode(count: count, from: &reader, into: &batch.values) }
    batch.series.reserveCapacity(count)
    var lost: [Int] = []
    for index in locals.indices {
      guard let id = try resolve(locals[index]) else {
        lost.append(index)
        batch.series.append(SeriesID(rawValue: WALFrameDecoder.unresolved))
        continue
      }
      batch.series.append(id)
    }
    if !lost.isEmpty { batch = batch.removing(lost) }
    return Decoded(entry: .samples(batch), samplesWithoutSeries: lost.count)
  }

  private mutating func resolve(_ local: Int64) throws(WALBodyError) -> SeriesID? {
    guard let number = UInt32(exactly: local), number < WALFormat.seriesPerFileMax else {
      throw .malformed("series number \(local)")
    }
    if Int(number) < ids.count, ids[Int(number)] != WALFrameDecoder.unresolved {
      return SeriesID(rawValue: ids[Int(number)])
    }
    guard let labels = waiting.removeValue(forKey: number) else { return nil }
    let id = resolver.id(of: labels)
    if Int(number) >= ids.count {
      let size = max(Int(number) + 1, ids.count * 2)
      ids.append(contentsOf: repeatElement(WALFrameDecoder.unresolved, count: size - ids.count))
    }
    ids[Int(number)] = id.rawValue
    return id
  }

  private mutating func definitions(_ reader: inout ByteReader) throws(WALBodyError) {
    let count = try WALText.count(&reader)
    if count == 0 { return }
    do {
      let plainCount = try reader.readCount(maximum: WALFormat.bodyByteCountMax)
      let packedCount = try reader.readCount(maximum: reader.remaining)
      if packedCount == 0 {
        var plain = ByteReader(try reader.readBytes(plainCount))
        try definitions(count, &plain)
      } else {
        let bytes = try LZ4.decompress(reader.readBytes(packedCount), expectedCount: plainCount)
        var plain = unsafe ByteReader(bytes.span.bytes)
        try definitions(count, &plain)
      }
    } catch let error as WALBodyError {
      throw error
    } catch {
      throw .malformed("\(error)")
    }
  }

  private mutating func definitions(_ count: Int, _ plain: inout ByteReader) throws {
    var expected: Int64 = 0
    for _ in 0..<count {
      let local = expected &+ (try plain.readZigzag())
      guard let number = UInt32(exactly: local), number < WALFormat.seriesPerFileMax else {
        throw WALBodyError.malformed("series number \(local)")
      }
      expected = local + 1
      try define(number, WALText.labels(&plain))
    }
    guard plain.isAtEnd else {
      throw WALBodyError.malformed("\(plain.remaining) bytes behind the definitions")
    }
  }

  private mutating func define(_ number: UInt32, _ labels: Labels) throws(WALBodyError) {
    let known: Labels? =
      if Int(number) < ids.count, ids[Int(number)] != WALFrameDecoder.unresolved {
        resolver.labels(of: SeriesID(rawValue: ids[Int(number)]))
      } else {
        waiting[number]
      }
    guard let known else {
      waiting[number] = labels
      return
    }
    // Samples under the wrong name would be worse than samples lost.
    guard known == labels else {
      throw .malformed("series number \(number) is defined as \(known) and as \(labels)")
    }
  }
}

extension SampleBatch {
  /// The batch without the samples at some ascending indices.
  fileprivate func removing(_ indices: [Int]) -> SampleBatch {
    var kept = SampleBatch()
    var next = 0
    for index in times.indices {
      if next < indices.count, indices[next] == index {
        next += 1
        continue
      }
      kept.append(series: series[index], time: times[index], value: values[index])
    }
    return kept
  }
}
