import TSQCodec
import TSQCore

/// All series this process knows: labels by number, numbers by labels, and the postings index.
///
/// Append-only: a series keeps its number until the process ends, so "the series below a count" is
/// an unchanging set and a snapshot needs only that count. A series costs 4 bytes a label here,
/// about 20 bytes in the tables and 4 bytes a label in the postings; a text that no other series
/// has costs its bytes and about 60 more.
struct SeriesTable: Sendable {
  private(set) var labels = LabelTable()
  private var series = SeriesLabels()
  private var slots = NumberSlots()
  private var postings = PostingsIndex()
  /// The symbol of the label that hourly values have.
  private let rollupName: UInt32
  /// The series of hourly values, ascending.
  private(set) var rollups: [UInt32] = []
  /// For each series with hourly values the one that holds their counts.
  private(set) var rollupCounts: [UInt32: UInt32] = [:]

  init() { rollupName = labels.intern(symbol: Labels.rollupLabel) }

  /// The number of series, those of hourly values among them.
  var count: Int { series.count }

  /// The number of a series, or `nil` where it is not known.
  ///
  /// O(labels).
  func find(_ wanted: Labels) -> UInt32? {
    var numbers: [UInt32] = []
    for pair in wanted.pairs {
      guard let number = labels.find(name: pair.name, value: pair.value) else { return nil }
      numbers.append(number)
    }
    return find(numbers, SeriesTable.hash(numbers))
  }

  /// The number of a series, given to it now where it is new.
  ///
  /// O(labels), amortised.
  ///
  /// - Returns: `nil` when it is new and there are `limit` series already.
  mutating func intern(_ wanted: Labels, limit: Int) -> UInt32? {
    // A series past the limit must leave no text behind: senders could fill the memory with those.
    if count - rollups.count >= limit { return find(wanted) }
    return intern(wanted.pairs.map { labels.intern(name: $0.name, value: $0.value) })
  }

  private mutating func intern(_ numbers: [UInt32]) -> UInt32 {
    let hash = SeriesTable.hash(numbers)
    if let found = find(numbers, hash) { return found }
    series.append(numbers)
    let number = slots.append(hash)
    if let place = numbers.firstIndex(where: { labels[$0].name == rollupName }) {
      noteRollup(number, numbers, place)
    }
    return number
  }

  /// Notes a series of hourly values, and names the series they are of: it may have no sample left.
  private mutating func noteRollup(_ number: UInt32, _ numbers: [UInt32], _ place: Int) {
    rollups.append(number)
    var base = numbers
    base.remove(at: place)
    let of = intern(base)
    if labels.symbols.text(labels[numbers[place]].value) == RollupField.count.rawValue {
      rollupCounts[of] = number
    }
  }

  /// The numbers of the series of a page of labels, given to them now where they are new.
  ///
  /// - Parameters:
  ///   - page: its bytes, unpacked.
  ///   - count: how many series it should hold.
  /// - Returns: one number a series.
  /// - Throws: as `LabelPage.decode`; series before the fault have got their numbers.
  /// - Complexity: O(bytes of the page); makes no text.
  mutating func intern(page: [UInt8], count: Int) throws -> [UInt32] {
    var reader = ByteReader(page.rawSpan)
    var found: [UInt32] = []
    found.reserveCapacity(min(count, page.count))
    var row = LabelRow()
    var (numbers, before): ([UInt32], [UInt32]) = ([], [])
    for _ in 0..<count {
      try row.read(&reader)
      before = numbers
      numbers.removeLast(numbers.count - row.keptCount)
      let key = unsafe row.key.span.bytes
      for cut in row.cuts[row.keptCount...] {
        numbers.append(
          try labels.intern(name: key.extracting(cut.name), value: key.extracting(cut.value)))
      }
      try checkNames(numbers, from: row.keptCount)
      let metricName = labels.symbols.find(Labels.metricNameLabel)
      guard found.isEmpty || labels.precedes(before[...], numbers[...], metricName: metricName)
      else {
        throw InvalidPart("its series are not in order")
      }
      found.append(intern(numbers))
    }
    guard reader.isAtEnd else {
      throw InvalidPart("\(reader.remaining) bytes follow its last row")
    }
    return found
  }

  /// Makes room for this many series in all, so that loading many grows the tables once.
  mutating func reserve(_ total: Int) {
    guard total > count else { return }
    slots.reserve(total)
    series.reserve(total)
  }

  /// The labels of a series.
  ///
  /// O(labels).
  func labels(_ number: UInt32) -> Labels {
    var pairs: [Label] = []
    let numbers = series[number]
    pairs.reserveCapacity(numbers.count)
    for label in numbers {
      let symbols = labels[label]
      pairs.append(
        Label(
          name: labels.symbols.text(symbols.name), value: labels.symbols.text(symbols.value)))
    }
    // They were valid when they came in; the texts have not changed.
    return Labels(sortedPairs: pairs)
  }

  /// Compares its series by their labels.
  var comparison: SeriesComparison {
    SeriesComparison(
      labels: labels, series: series, metricName: labels.symbols.find(Labels.metricNameLabel))
  }

  /// The labels of a series as symbols, in the order of `Labels.pairs`.
  func labelSymbols(_ number: UInt32) -> some Sequence<LabelSymbols> {
    series[number].lazy.map { labels[$0] }
  }

  private func find(_ numbers: [UInt32], _ hash: UInt32) -> UInt32? {
    slots.find(hash) { series[$0].elementsEqual(numbers) }
  }

  private static func hash(_ numbers: [UInt32]) -> UInt32 {
    var hasher = Hasher()
    unsafe numbers.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    return UInt32(truncatingIfNeeded: hasher.finalize())
  }

  /// Names ascend inside a key, so that two keys of one series are equal.
  private func checkNames(_ numbers: [UInt32], from first: Int) throws {
    for index in max(1, first)..<max(1, numbers.count) {
      let (left, right) = (labels[numbers[index - 1]], labels[numbers[index]])
      if labels.symbols.compare(left.name, right.name) >= 0 {
        throw InvalidPart("a label stands twice or out of order")
      }
    }
  }

}

/// A matcher and, where it cannot be looked up, the labels of its name that satisfy it.
struct ResolvedMatcher: Sendable {
  let matcher: LabelMatcher
  /// Labels whose value the expression matched; `nil` where the matcher is looked up.
  var matching: [UInt32]?
  /// Labels whose value it did not match.
  var failing: [UInt32] = []
}

extension SeriesTable {
  /// Every value of a label with the label's number, in the order of appearance.
  ///
  /// O(values).
  func values(of name: String) -> [(label: UInt32, text: String)] {
    labels.labels(named: name).map { ($0, labels.symbols.text(labels[$0].value)) }
  }

  /// The series below `limit` that satisfy every matcher, ascending.
  ///
  /// Equality and alternatives are looked up; an expression has been tried once on each value of
  /// its label. No series is visited unless no matcher demands a label.
  mutating func select(_ matchers: [ResolvedMatcher], below limit: UInt32) -> [UInt32] {
    if postings.isBehind(count) { postings.rebuild(series, labelCount: labels.count) }
    var selected: [UInt32]?
    var excluded: [[UInt32]] = []
    for resolved in matchers {
      if resolved.matcher.matches("") {
        // Satisfied by series without the label: all but those whose value fails.
        excluded.append(postings.series(anyOf: failing(resolved), series))
        continue
      }
      let wanted = postings.series(anyOf: matching(resolved), series)
      selected = selected.map { SortedNumbers.intersection($0, wanted) } ?? wanted
      if selected?.isEmpty == true { return [] }
    }
    var result = selected ?? Array(0..<UInt32(count))
    for numbers in excluded { result = SortedNumbers.subtracting(result, numbers) }
    if let last = result.last, last >= limit { result.removeAll { $0 >= limit } }
    return result
  }

  private func matching(_ resolved: ResolvedMatcher) -> [UInt32] {
    resolved.matching ?? known(resolved.matcher.name, resolved.matcher.candidates)
  }

  private func failing(_ resolved: ResolvedMatcher) -> [UInt32] {
    if resolved.matching != nil { return resolved.failing }
    return known(resolved.matcher.name, resolved.matcher.excluded)
  }

  private func known(_ name: String, _ values: [String]?) -> [UInt32] {
    (values ?? []).compactMap { labels.find(name: name, value: $0) }
  }
}

extension LabelTable {
  /// Compares the labels of two series as `LabelOrder` does, without making texts.
  ///
  /// - Parameters:
  ///   - left: its labels, in the order of their names.
  ///   - right: the other's.
  ///   - metricName: the symbol of the label that holds the metric's name; `nil` where no series has one.
  /// - Returns: whether the first series sorts before the second.
  func precedes(
    _ left: ArraySlice<UInt32>, _ right: ArraySlice<UInt32>, metricName: UInt32?
  ) -> Bool {
    // Mostly the metric is the same, and then the first label that differs decides.
    if let metricName {
      let (a, b) = (metric(left, metricName), metric(right, metricName))
      if a != b { return compareValues(a, b) < 0 }
    }
    for (a, b) in zip(left, right) where a != b { return compare(a, b) < 0 }
    return left.count < right.count
  }

  private func metric(_ numbers: ArraySlice<UInt32>, _ name: UInt32) -> UInt32? {
    numbers.first { self[$0].name == name }
  }

  /// Compares two labels by name, then value, by bytes.
  private func compare(_ left: UInt32, _ right: UInt32) -> Int {
    let (a, b) = (self[left], self[right])
    let names = symbols.compare(a.name, b.name)
    return names != 0 ? names : symbols.compare(a.value, b.value)
  }

  /// Compares the values of two labels of one name; a missing one comes first.
  private func compareValues(_ left: UInt32?, _ right: UInt32?) -> Int {
    guard let left else { return right == nil ? 0 : -1 }
    guard let right else { return 1 }
    return symbols.compare(self[left].value, self[right].value)
  }
}
