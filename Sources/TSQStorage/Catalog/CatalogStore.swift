package import TSQCore

/// What one segment holds of one series.
package struct CatalogChunk: Hashable, Sendable {
  /// The series.
  package let labels: Labels
  /// Its number inside the segment.
  package let local: Int
  /// From its first to its last sample there.
  package let timeRange: TimeRange
  /// Number of blocks.
  package let blockCount: Int
  /// Number of samples.
  package let sampleCount: Int
}

/// How a catalog was found and what it took to make it tell the truth.
package struct CatalogReport: Hashable, Sendable {
  /// Where the old file was moved because it could not be used; `nil` where it could.
  package var movedAside: String?
  /// Why it could not be used.
  package var reason: String?
  /// Segments whose rows were made anew from their footers.
  package var added: [String] = []
  /// Segments whose rows were dropped: they are gone, replaced or changed.
  package var removed: [String] = []
  /// Segments left out because their footer cannot be read, with the reason.
  package var unreadable: [String: String] = [:]

  /// The report of a catalog that was right.
  package init() {}

  /// Whether nothing had to be done.
  package var isClean: Bool { movedAside == nil && added.isEmpty && removed.isEmpty }
}

/// What the store asks of its catalog: a cache of all segment footers.
///
/// Nothing depends on it: an empty, old or missing catalog costs time, never an answer. Tests hand
/// the store one of each kind.
package protocol CatalogStore: Sendable {
  /// Adds and removes segments in one transaction.
  ///
  /// - Parameters:
  ///   - adding: new segments.
  ///   - names: those that are gone.
  ///   - generation: that of the manifest with which the segments then listed are all there are.
  /// - Throws: `StoreError.damaged` or `.database`: open the catalog anew, or go on without one.
  func publish(
    adding: [SegmentReader], removing names: [String], generation: UInt64
  ) throws(StoreError)

  /// The segments known, in order of name.
  func segments() throws(StoreError) -> [SegmentInfo]

  /// What a segment holds, by local number; empty where it is not known.
  func chunks(ofSegment name: String) throws(StoreError) -> [CatalogChunk]

  /// All series that have a chunk, in `Labels` order.
  func series() throws(StoreError) -> [Labels]

  /// Closes files.
  func close()
}

/// A catalog that knows nothing and keeps nothing: for readers, which may not write, and for tests.
package struct NoCatalog: CatalogStore {
  /// The catalog.
  package init() {}

  /// Keeps nothing.
  package func publish(
    adding: [SegmentReader], removing names: [String], generation: UInt64
  ) throws(StoreError) {}

  /// Always none.
  package func segments() throws(StoreError) -> [SegmentInfo] { [] }

  /// Always none.
  package func chunks(ofSegment name: String) throws(StoreError) -> [CatalogChunk] { [] }

  /// Always none.
  package func series() throws(StoreError) -> [Labels] { [] }

  /// Has nothing to close.
  package func close() {}
}
