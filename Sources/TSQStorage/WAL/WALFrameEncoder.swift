internal import TSQCodec

/// Turns entries into frames of one log file.
struct WALFrameEncoder {
  /// Definitions of fewer bytes are not worth a call of LZ4.
  private static let packedDefinitionsByteCountMin = 256

  private let salt: UInt32
  private let bodyByteCountMax: Int
  private let resolver: any SeriesResolver
  private var numbering = SeriesNumbering()
  private var locals: [Int64] = []
  private var definitions: [SeriesNumbering.Definition] = []
  private var definitionBytes = ByteWriter()
  private var scratch = ValueColumn.Scratch()

  init(
    storeID: StoreID, resolver: any SeriesResolver,
    bodyByteCountMax: Int = WALFormat.bodyByteCountMax
  ) {
    self.bodyByteCountMax = bodyByteCountMax
    self.salt = WALFormat.salt(storeID)
    self.resolver = resolver
  }

  /// Begins a new file, in which nothing is defined.
  mutating func beginFile() { numbering.beginFile() }

  /// Forgets the definitions of frames that did not reach the file.
  mutating func forgetDefinitions() { numbering.forgetDefinitions() }

  /// Whether the file at hand cannot name many more series.
  var isNearlyFull: Bool { numbering.count >= WALFormat.seriesPerFileMax / 2 }

  /// Writes one frame.
  ///
  /// - Throws: `entryTooLarge`, and then the writer is as before.
  mutating func append(
    _ entry: WALEntry, sequence: UInt64, to writer: inout ByteWriter
  ) throws(StoreError) {
    let start: Int
    switch entry {
    case .samples(let batch):
      start = WALFrameHeader.begin(.samples, sequence: sequence, in: &writer)
      append(batch, to: &writer)
    case .tombstone(let tombstone):
      start = WALFrameHeader.begin(.tombstone, sequence: sequence, in: &writer)
      OrderBodies.append(tombstone, to: &writer)
    case .metadata(let metadata):
      start = WALFrameHeader.begin(.metadata, sequence: sequence, in: &writer)
      OrderBodies.append(metadata, to: &writer)
    }
    let bodyByteCount = writer.count - start - WALFormat.frameHeaderByteCount
    guard bodyByteCount <= bodyByteCountMax else {
      writer.truncate(to: start)
      numbering.forgetDefinitions()
      throw .entryTooLarge(bytes: bodyByteCount, maximum: bodyByteCountMax)
    }
    WALFrameHeader.finish(start, salt: salt, in: &writer)
  }

  private mutating func append(_ batch: SampleBatch, to writer: inout ByteWriter) {
    numbering.number(batch.series.span, into: &locals, definitions: &definitions)
    writer.append(varint: batch.count)
    appendDefinitions(to: &writer)
    IntegerColumn.encode(locals.span, into: &writer)
    IntegerColumn.encode(batch.times.span, into: &writer)
    if !batch.isEmpty {
      ValueColumn.encode(batch.values.span, into: &writer, scratch: &scratch)
    }
  }

  /// The labels due: their count, then, packed or not, number and labels of each series.
  private mutating func appendDefinitions(to writer: inout ByteWriter) {
    writer.append(varint: definitions.count)
    if definitions.isEmpty { return }
    definitionBytes.removeAllKeepingCapacity()
    var expected: Int64 = 0
    for definition in definitions {
      // Numbers are given in order, so this is nearly always zero.
      definitionBytes.append(zigzag: Int64(definition.local) - expected)
      expected = Int64(definition.local) + 1
      definitionBytes.append(labels: resolver.labels(of: definition.id))
    }
    let plainCount = definitionBytes.count
    writer.append(varint: plainCount)
    if plainCount >= WALFrameEncoder.packedDefinitionsByteCountMin,
      let packed = unsafe LZ4.compress(definitionBytes.bytes.span.bytes)
    {
      writer.append(varint: packed.count)
      writer.append(contentsOf: packed)
    } else {
      // Zero packed bytes: the plain ones follow.
      writer.append(varint: 0)
      writer.append(contentsOf: definitionBytes.bytes)
    }
  }
}
