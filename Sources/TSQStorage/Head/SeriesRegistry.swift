internal import Synchronization
package import TSQCore

/// The series table shared by everyone who names series: ingest, replay, queries, flush.
///
/// A number once given never changes its meaning, so answers of different moments agree.
package final class SeriesRegistry: Sendable {
  private let table = Mutex(SeriesTable())
  /// The numbering of the segment opened last: most segments hold the same series, and then share
  /// one list of them.
  private let lastNumbering = Mutex<SegmentNumbering?>(nil)

  package init() {}

  /// The number of series, those of hourly values among them.
  package var count: Int { table.withLock { $0.count } }

  /// The number of series that senders and readers know.
  package var visibleCount: Int { table.withLock { $0.count - $0.rollups.count } }

  /// Whether any series has hourly values.
  var hasRollups: Bool { table.withLock { !$0.rollups.isEmpty } }

  /// The series that holds the counts of another's hourly values; `nil` where it has none.
  func rollupCount(of id: SeriesID) -> SeriesID? {
    table.withLock { $0.rollupCounts[id.rawValue] }.map(SeriesID.init(rawValue:))
  }

  /// The same for all series.
  func rollupCounts() -> [UInt32: UInt32] { table.withLock { $0.rollupCounts } }

  /// The number of a series that exists.
  package func find(_ labels: Labels) -> SeriesID? {
    table.withLock { $0.find(labels) }.map(SeriesID.init(rawValue:))
  }

  /// The number of a series; `nil` where it is new and the limit is reached.
  package func resolve(_ labels: Labels, limit: Int) -> SeriesID? {
    table.withLock { $0.intern(labels, limit: limit) }.map(SeriesID.init(rawValue:))
  }

  /// The numbers of the series of a segment's page of labels, given to them now where they are
  /// new.
  ///
  /// No limit applies: what is stored already is never refused. Makes no text.
  ///
  /// - Parameters:
  ///   - page: its bytes, unpacked.
  ///   - count: how many series it should hold.
  /// - Returns: one number a series.
  /// - Throws: `InvalidPart` or `ByteReadError` where it does not.
  func numbers(ofPage page: [UInt8], count: Int) throws -> [UInt32] {
    try table.withLock { try $0.intern(page: page, count: count) }
  }

  /// An equal numbering that is held already, or this one.
  func shared(_ numbering: SegmentNumbering) -> SegmentNumbering {
    lastNumbering.withLock { last in
      if let last, last == numbering { return last }
      last = numbering
      return numbering
    }
  }

  /// Makes room for this many series in all, so that loading many grows the tables once.
  func reserve(_ total: Int) { table.withLock { $0.reserve(total) } }

  /// All series there are now, as a value: for work that takes too long to hold the lock.
  func copy() -> SeriesTable { table.withLock { $0 } }

  /// The labels of several series, under one lock.
  package func labels(of ids: [SeriesID]) -> [Labels] {
    table.withLock { table in ids.map { table.labels($0.rawValue) } }
  }

  /// The series below a count that satisfy every matcher, ascending by number.
  package func select(_ matchers: [LabelMatcher], below limit: Int) -> [SeriesID] {
    // Expressions run outside the lock, on a copy of the label's values: one may be slow.
    let resolved = matchers.map(resolve)
    return table.withLock { $0.select(resolved, below: UInt32(limit)) }
      .map(SeriesID.init(rawValue:))
  }

  /// The same without the series of hourly values.
  package func selectVisible(_ matchers: [LabelMatcher], below limit: Int) -> [SeriesID] {
    let resolved = matchers.map(resolve)
    return table.withLock { table in
      let all = table.select(resolved, below: UInt32(limit))
      return table.rollups.isEmpty ? all : SortedNumbers.subtracting(all, table.rollups)
    }.map(SeriesID.init(rawValue:))
  }

  private func resolve(_ matcher: LabelMatcher) -> ResolvedMatcher {
    var resolved = ResolvedMatcher(matcher: matcher)
    if matcher.isLookup { return resolved }
    var matching: [UInt32] = []
    for value in table.withLock({ $0.values(of: matcher.name) }) {
      if matcher.matches(value.text) {
        matching.append(value.label)
      } else {
        resolved.failing.append(value.label)
      }
    }
    resolved.matching = matching
    return resolved
  }

  /// The label names that the given series have; sorted, each once.
  package func labelNames(of ids: [SeriesID]) -> [String] {
    let names = table.withLock { table in
      var seen: Set<UInt32> = []
      for id in ids { seen.formUnion(table.labelSymbols(id.rawValue).map(\.name)) }
      return seen.map { table.labels.symbols.text($0) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The values of one label that the given series have; sorted, each once.
  package func labelValues(of ids: [SeriesID], name: String) -> [String] {
    let values: [String] = table.withLock { table in
      guard let wanted = table.labels.symbols.find(name) else { return [] }
      var seen: Set<UInt32> = []
      for id in ids {
        for label in table.labelSymbols(id.rawValue) where label.name == wanted {
          seen.insert(label.value)
        }
      }
      return seen.map { table.labels.symbols.text($0) }
    }
    return values.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

extension SeriesRegistry: SeriesResolver {
  /// The labels of a series.
  package func labels(of id: SeriesID) -> Labels { table.withLock { $0.labels(id.rawValue) } }

  /// The number of a series, created without any limit: what is stored already is never refused.
  package func id(of labels: Labels) -> SeriesID {
    let number = table.withLock { $0.intern(labels, limit: Int(UInt32.max)) }
    guard let number else { preconditionFailure("more than 4,294,967,295 series") }
    return SeriesID(rawValue: number)
  }
}
