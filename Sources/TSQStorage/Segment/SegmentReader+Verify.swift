import TSQCodec
import TSQCore

extension SegmentReader {
  /// Checks everything that can be checked and goes on past what is damaged.
  ///
  /// - Parameter deep: also decodes every block and compares its summary with a new one; else only
  ///   the footer is read.
  /// - Returns: what is wrong, each place once; empty for a whole segment.
  package func verify(deep: Bool) -> [SegmentError] {
    var damage = readableSeries().damage
    do throws(SegmentError) { _ = try metadata() } catch { damage.append(error) }
    var scratch = BlockScratch()
    for local in 0..<info.seriesCount {
      let blocks: ArraySlice<BlockEntry>
      do throws(SegmentError) { blocks = try self.blocks(ofLocal: local) } catch {
        append(error, to: &damage)
        continue
      }
      var summaries: [SeriesSummary]?
      do throws(SegmentError) { summaries = try self.summaries(ofLocal: local) } catch {
        append(error, to: &damage)
      }
      guard deep else { continue }
      verify(blocks, against: summaries, &scratch, &damage)
    }
    return damage
  }

  private func verify(
    _ blocks: ArraySlice<BlockEntry>, against summaries: [SeriesSummary]?,
    _ scratch: inout BlockScratch, _ damage: inout [SegmentError]
  ) {
    var columns = SampleColumns()
    for block in blocks {
      columns.removeAllKeepingCapacity()
      do throws(SegmentError) { try decode(block, into: &columns, scratch: &scratch) } catch {
        damage.append(error)
        continue
      }
      guard let stored = summaries?[Int(block.ordinal)] else { continue }
      let computed = SeriesSummary(times: columns.times.span, values: columns.values.span)
      if !SummaryRow.areIdentical(stored, computed, block) {
        damage.append(damaged(block, reason: "its summary is not that of its samples"))
      }
    }
  }

  /// One damaged page fails for each of its series: it is reported once.
  private func append(_ error: SegmentError, to damage: inout [SegmentError]) {
    if !damage.contains(error) { damage.append(error) }
  }
}

extension SummaryRow {
  /// Whether two summaries of a block are equal bit for bit, NaNs and signed zeros included.
  static func areIdentical(
    _ left: SeriesSummary, _ right: SeriesSummary, _ block: BlockEntry
  ) -> Bool {
    guard left.totalCount == block.count, right.totalCount == block.count else { return false }
    return row(left, block) == row(right, block)
  }

  private static func row(_ summary: SeriesSummary, _ block: BlockEntry) -> [UInt8] {
    var context = SummaryContext()
    context.advance(to: block)
    var writer = ByteWriter()
    append(summary, &context, to: &writer)
    return writer.bytes
  }
}
