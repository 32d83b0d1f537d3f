import TSQCodec
import TSQCore

extension SegmentReader {
  /// Checks everything that can be checked and goes on past what is damaged.
  ///
  /// - Parameters:
  ///   - deep: also decodes every block and compares its summary with a new one; else only the
  ///     footer is read.
  ///   - onDamage: told of each block that cannot be decoded.
  /// - Returns: what is wrong, each place once; empty for a whole segment.
  package func verify(
    deep: Bool, onDamage: (BlockEntry, SegmentError) -> Void = { _, _ in }
  ) -> [SegmentError] {
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
      verify(blocks, against: summaries, &scratch, &damage, onDamage)
    }
    return damage
  }

  /// Reads some blocks again.
  ///
  /// - Parameters:
  ///   - blocks: of this segment.
  ///   - onDamage: told of each that cannot be decoded.
  /// - Returns: what is wrong with them.
  func verify(
    _ blocks: [BlockEntry], onDamage: (BlockEntry, SegmentError) -> Void
  ) -> [SegmentError] {
    var (columns, scratch, damage) = (SampleColumns(), BlockScratch(), [SegmentError]())
    for block in blocks {
      columns.removeAllKeepingCapacity()
      do throws(SegmentError) { try decode(block, into: &columns, scratch: &scratch) } catch {
        onDamage(block, error)
        damage.append(error)
      }
    }
    return damage
  }

  private func verify(
    _ blocks: ArraySlice<BlockEntry>, against summaries: [SeriesSummary]?,
    _ scratch: inout BlockScratch, _ damage: inout [SegmentError],
    _ onDamage: (BlockEntry, SegmentError) -> Void
  ) {
    var columns = SampleColumns()
    for block in blocks {
      columns.removeAllKeepingCapacity()
      do throws(SegmentError) { try decode(block, into: &columns, scratch: &scratch) } catch {
        onDamage(block, error)
        damage.append(error)
        continue
      }
      guard let stored = summaries?[Int(block.ordinal)] else { continue }
      let computed = SeriesSummary(times: columns.times.span, values: columns.values.span)
      if !SummaryAgreement.holds(stored, computed) {
        damage.append(damaged(block, reason: "its summary is not that of its samples"))
      }
    }
  }

  /// One damaged page fails for each of its series: it is reported once.
  private func append(_ error: SegmentError, to damage: inout [SegmentError]) {
    if !damage.contains(error) { damage.append(error) }
  }
}

/// Whether a stored summary is that of some samples.
///
/// Counts, times and single values must be equal to the bit. Sums may differ by what their order of
/// adding is worth, since another version or processor may add in another order.
enum SummaryAgreement {
  /// How far sums may be apart, as a part of the largest that their samples could give.
  static let tolerance = 1e-9

  static func holds(_ left: SeriesSummary, _ right: SeriesSummary) -> Bool {
    let (a, b) = (left.moments, right.moments)
    guard counts(left) == counts(right), single(left) == single(right) else { return false }
    let n = Double(max(1, a.count))
    let size = a.count == 0 ? 0 : largestFinite(left)
    let time = max(abs(a.lastTime), abs(b.lastTime))
    return areClose(left.finiteSum, right.finiteSum, n * size)
      && areClose(left.resetSum, right.resetSum, n * size)
      && areClose(a.meanValue, b.meanValue, size) && areClose(a.meanTime, b.meanTime, time)
      && areClose(a.lastTime, b.lastTime, time)
      && areClose(a.sumSquaresTime, b.sumSquaresTime, n * time * time)
      && areClose(a.lagTimeTime, b.lagTimeTime, n * time * time)
      && areClose(a.sumProducts, b.sumProducts, n * time * size)
      && areClose(a.lagTimeValue, b.lagTimeValue, n * time * size)
      && areClose(a.sumSquaresValue, b.sumSquaresValue, n * size * size)
      && areClose(a.lagValueValue, b.lagValueValue, n * size * size)
  }

  private static func counts(_ summary: SeriesSummary) -> [Int] {
    [
      summary.finiteCount, summary.nanCount, summary.positiveInfinityCount,
      summary.negativeInfinityCount, summary.staleCount, summary.resetCount, summary.changeCount,
      summary.moments.count,
    ]
  }

  private static func single(_ summary: SeriesSummary) -> [UInt64] {
    let moments = summary.moments
    let values = [
      summary.firstValue, summary.lastValue, summary.minimum, summary.maximum,
      moments.firstValue, moments.lastValue,
    ]
    let times = [
      summary.firstTime, summary.lastTime, summary.minimumTime, summary.maximumTime,
      moments.origin,
    ]
    return values.map(\.bitPattern) + times.map { UInt64(bitPattern: $0) }
  }

  /// A bound of the finite values: where infinities hide it, there is none.
  private static func largestFinite(_ summary: SeriesSummary) -> Double {
    max(summary.minimum.magnitude, summary.maximum.magnitude)
  }

  private static func areClose(_ left: Double, _ right: Double, _ scale: Double) -> Bool {
    // Past the largest double a sum's value depends on the order of adding.
    guard left.isFinite, right.isFinite, scale.isFinite else { return true }
    return abs(left - right) <= tolerance * scale
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
