package import TSQCore
package import TSQStorage

/// Where the evaluator gets series from: the store, or columns in memory.
///
/// The evaluator knows nothing else of storage, so that its semantics can be tested against any data.
package protocol SeriesProvider: Sendable {
  /// An unchanging view of the series, for one query; it counts what is read through it.
  func view() -> any SeriesView
}

/// An unchanging view of all series, made for one query.
package protocol SeriesView: Sendable {
  /// The series that satisfy every matcher and may have samples in a range, sorted by labels.
  func series(matching: [LabelMatcher], in range: TimeRange) throws(QueryError) -> [ProvidedSeries]

  /// The label names of those series, sorted.
  func labelNames(matching: [LabelMatcher], in range: TimeRange) throws(QueryError) -> [String]

  /// The values of one label of those series, sorted.
  func labelValues(
    _ name: String, matching: [LabelMatcher], in range: TimeRange
  ) throws(QueryError) -> [String]

  /// A series' samples in a range as runs, disjoint and ascending in time.
  func runs(of series: ProvidedSeries, in range: TimeRange) throws(QueryError) -> [any ProvidedRun]

  /// The blocks of a series inside a long range as a tree of moments, and the range they span;
  /// `nil` where there are fewer than that, or runs must be read.
  ///
  /// The blocks count as answered from summaries: ask only when they will be used.
  func blockTree(of series: ProvidedSeries, in range: TimeRange, atLeast least: BlockTree.Least)
    -> BlockTree?

  /// The hourly values that are left of a series' samples in a range; ascending.
  func hours(of series: ProvidedSeries, in range: TimeRange) throws(QueryError) -> [HourBucket]

  /// How far before a window an instant selector may look for an hourly value; 0 where there are
  /// none.
  var hourlyReach: Int64 { get }

  /// Notes that the answer is no finer than an hour that a series has only an hourly value of.
  func note(hour: HourBucket, of series: ProvidedSeries)

  /// What was read so far, counted where it was read.
  var statistics: QueryStatistics { get }

  /// Damage met so far, in words.
  var warnings: [String] { get }
}

/// The whole blocks of a series inside a range; nothing else of it lies between them.
package struct BlockTree: Sendable {
  /// How much there must be for a tree to be worth more than the samples.
  package struct Least: Sendable {
    let blocks: Int
    let samples: Int

    /// Whether there is as much.
    func hold(blocks: Int, samples: Int) -> Bool {
      blocks >= self.blocks && samples >= self.samples
    }
  }

  /// The moments of all blocks of the series.
  package let tree: MomentsTree
  /// Those inside the range; at least one.
  package let blocks: Range<Int>
  /// From the first sample of the first to the last sample of the last.
  package let span: TimeRange
}

extension SeriesView {
  /// None: series in memory have no blocks.
  package func blockTree(
    of series: ProvidedSeries, in range: TimeRange, atLeast least: BlockTree.Least
  ) -> BlockTree? { nil }

  /// None: series in memory have all their samples.
  package func hours(
    of series: ProvidedSeries, in range: TimeRange
  ) throws(QueryError) -> [HourBucket] { [] }

  /// No reach, since there are no hourly values.
  package var hourlyReach: Int64 { 0 }

  /// Nothing to note.
  package func note(hour: HourBucket, of series: ProvidedSeries) {}
}

/// A series by its identity in one view.
package struct ProvidedSeries: Hashable, Sendable {
  /// The view's own number of the series.
  package let id: UInt32
  /// What identifies it everywhere.
  package let labels: Labels

  /// A series from its parts.
  package init(id: UInt32, labels: Labels) {
    self.id = id
    self.labels = labels
  }
}

/// One stretch of a series' samples.
package protocol ProvidedRun: Sendable {
  /// From its first to its last sample.
  var timeRange: TimeRange { get }

  /// The number of samples; an upper bound where stretches overlap.
  var count: Int { get }

  /// The hourly value it is, where the samples themselves are gone; else `nil`.
  var hour: HourBucket? { get }

  /// The summary of all its samples where one may answer for them, else `nil`.
  func summary() -> SeriesSummary?

  /// The parts of its samples, where it is one whole block and they may be kept.
  ///
  /// - Parameter make: cuts the samples of a block; always in the same way.
  /// - Returns: `nil` for a run that must be decoded.
  /// - Throws: `QueryError` where the store cannot be read. Of a damaged block there are no parts, and
  ///   the view's warnings say so.
  func parts(
    _ make: (SampleColumns) -> [SamplePart]
  ) throws(QueryError) -> [SamplePart]?

  /// Adds its samples inside a range at the end of the columns; ascending, stale markers included.
  ///
  /// Damaged samples are left out, and the view's warnings say so.
  func decode(into columns: inout SampleColumns, in range: TimeRange) throws(QueryError)
}

extension ProvidedRun {
  /// Most runs have their samples.
  package var hour: HourBucket? { nil }

  /// None: series in memory have no blocks.
  package func parts(
    _ make: (SampleColumns) -> [SamplePart]
  ) throws(QueryError) -> [SamplePart]? { nil }
}
