package import TSQCore

extension SegmentReader {
  /// The labels of all series; the place in the array is the series' local number.
  ///
  /// - Throws: `SegmentError` for the first damaged page; see `readableSeries` for the rest.
  /// - Complexity: O(series); reads the label pages, keeps none.
  package func localSeries() throws(SegmentError) -> [Labels] {
    var all: [Labels] = []
    all.reserveCapacity(info.seriesCount)
    for row in try directory().rows { all += try labels(row: row) }
    return all
  }

  /// The series whose labels can be read, with their local numbers, and what is wrong with the rest.
  package func readableSeries() -> (series: [(local: Int, labels: Labels)], damage: [SegmentError])
  {
    var series: [(local: Int, labels: Labels)] = []
    var damage: [SegmentError] = []
    do throws(SegmentError) {
      for row in try directory().rows {
        do throws(SegmentError) {
          for (position, labels) in try labels(row: row).enumerated() {
            series.append((row.firstSeries + position, labels))
          }
        } catch { damage.append(error) }
      }
    } catch { damage.append(error) }
    return (series, damage)
  }

  /// The process' numbers of all series by local number, and what is wrong with those that have
  /// none.
  ///
  /// - Complexity: O(bytes of the label pages); makes no text.
  func numberedSeries(
    _ registry: SeriesRegistry
  ) -> (numbers: [UInt32?], damage: [SegmentError]) {
    var numbers = [UInt32?](repeating: nil, count: info.seriesCount)
    var damage: [SegmentError] = []
    do throws(SegmentError) {
      for row in try directory().rows {
        do throws(SegmentError) {
          for (position, number) in try self.numbers(row: row, registry).enumerated() {
            numbers[row.firstSeries + position] = number
          }
        } catch { damage.append(error) }
      }
    } catch { damage.append(error) }
    return (numbers, damage)
  }

  /// Reads the labels of all series and compares their checksums.
  ///
  /// - Throws: `SegmentError` for the first page that cannot be read as it was written.
  /// - Complexity: O(bytes of the label pages).
  func checkLabels() throws(SegmentError) {
    for row in try directory().rows { _ = try labelPage(row: row) }
  }

  /// The labels of one series.
  ///
  /// - Precondition: the number is below `info.seriesCount`.
  /// - Complexity: O(log series), reads one page.
  package func labels(ofLocal local: Int) throws(SegmentError) -> Labels {
    let row = try row(ofLocal: local)
    return try labels(row: row.row)[local - row.row.firstSeries]
  }

  /// The local number of a series, or `nil` where the segment has none of its samples.
  ///
  /// - Complexity: O(log series), reads a page for each step.
  package func local(of labels: Labels) throws(SegmentError) -> Int? {
    let rows = try directory().rows
    // The last page whose first series is not past the one looked for.
    var (low, high) = (0, rows.count)
    while low < high {
      let middle = (low + high) / 2
      let first = try self.labels(row: rows[middle], limit: 1)
      if first.isEmpty || LabelOrder.compare(first[0], labels) <= 0 {
        low = middle + 1
      } else {
        high = middle
      }
    }
    guard low > 0 else { return nil }
    let row = rows[low - 1]
    let place = try self.labels(row: row).firstIndex { LabelOrder.compare($0, labels) == 0 }
    return place.map { row.firstSeries + $0 }
  }

  /// The blocks of a series in ascending order of time; they do not overlap.
  ///
  /// - Precondition: the number is below `info.seriesCount`.
  /// - Complexity: O(log series + blocks); reads one page, once.
  package func blocks(ofLocal local: Int) throws(SegmentError) -> ArraySlice<BlockEntry> {
    let (number, row) = try row(ofLocal: local)
    let contents = try index(row: number)
    let position = local - row.firstSeries
    return contents.blocks[Int(contents.starts[position])..<Int(contents.starts[position + 1])]
  }

  /// The blocks of a series that share an instant with a range.
  package func blocks(
    ofLocal local: Int, in range: TimeRange
  ) throws(SegmentError) -> ArraySlice<BlockEntry> {
    let all = try blocks(ofLocal: local)
    let (start, end) = (range.start.nanoseconds, range.end.nanoseconds)
    let first = Self.partitionPoint(all) { $0.lastTime >= start }
    let past = Self.partitionPoint(all) { $0.firstTime > end }
    return all[first..<max(first, past)]
  }

  /// The summaries of all blocks of a series, in the order of `blocks(ofLocal:)`.
  ///
  /// - Throws: `SegmentError.damagedPart` where the summaries are damaged: decode the blocks instead.
  /// - Complexity: O(log series + blocks); reads two pages, once.
  package func summaries(ofLocal local: Int) throws(SegmentError) -> [SeriesSummary] {
    let (number, row) = try row(ofLocal: local)
    let blocks = try blocks(ofLocal: local)
    let page = try summaryPage(row: number)
    do {
      return try SummaryPage.decode(page, position: local - row.firstSeries, blocks: blocks)
    } catch {
      throw .damagedPart(path: path, part: .summaries, reason: "\(error)")
    }
  }

  /// The summary of one block: bit for bit what `SeriesSummary` computes from its samples.
  ///
  /// - Complexity: as `summaries(ofLocal:)`, which serves many blocks of a series at once.
  package func summary(_ entry: BlockEntry) throws(SegmentError) -> SeriesSummary {
    try summaries(ofLocal: Int(entry.series))[Int(entry.ordinal)]
  }

  private func row(
    ofLocal local: Int
  ) throws(SegmentError) -> (number: Int, row: PageDirectory.Row) {
    precondition(local >= 0 && local < info.seriesCount, "the segment has no series \(local)")
    let directory = try directory()
    let number = directory.row(ofSeries: local)
    return (number, directory.rows[number])
  }

  private static func partitionPoint(
    _ blocks: ArraySlice<BlockEntry>, _ condition: (BlockEntry) -> Bool
  ) -> Int {
    var (low, high) = (blocks.startIndex, blocks.endIndex)
    while low < high {
      let middle = low + (high - low) / 2
      if condition(blocks[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
