import TSQCore

/// All series this process knows: labels by number, numbers by labels, and the postings index.
///
/// Append-only: a series keeps its number until the process ends, so "the series below a count" is
/// an unchanging set and a snapshot needs only that count. A series costs 8 bytes a label here and
/// about 16 bytes in the tables, plus 4 bytes a label in the postings.
struct SeriesTable: Sendable {
  private(set) var symbols = SymbolTable()
  private(set) var postings = PostingsIndex()
  /// Where each series' labels start in `pairs`; one more entry than there are series.
  private var starts: [UInt32] = [0]
  private var pairs: [LabelSymbols] = []
  /// Hash of each series' labels, so that growing the table rebuilds no labels.
  private var hashes: [UInt32] = []
  /// Open addressing: series number + 1 at the slot its hash names, 0 where free.
  private var slots = [UInt32](repeating: 0, count: 64)

  /// The number of series.
  var count: Int { hashes.count }

  /// The number of a series, or `nil` where it is not known.
  ///
  /// O(labels).
  func find(_ labels: Labels) -> UInt32? {
    find(labels, hash: SeriesTable.hash(labels)).found
  }

  /// The number of a series, given to it now where it is new.
  ///
  /// O(labels), amortised.
  ///
  /// - Returns: `nil` when it is new and there are `limit` series already.
  mutating func intern(_ labels: Labels, limit: Int) -> UInt32? {
    let hash = SeriesTable.hash(labels)
    let place = find(labels, hash: hash)
    if let found = place.found { return found }
    guard count < limit else { return nil }
    let number = UInt32(count)
    for pair in labels.pairs {
      let label = LabelSymbols(
        name: symbols.intern(pair.name), value: symbols.intern(pair.value))
      pairs.append(label)
      postings.add(label, series: number)
    }
    starts.append(UInt32(pairs.count))
    hashes.append(hash)
    slots[place.freeSlot] = number + 1
    if count * 4 > slots.count * 3 { grow() }
    return number
  }

  /// The labels of a series.
  ///
  /// O(labels).
  func labels(_ number: UInt32) -> Labels {
    let all = labelSymbols(number).map {
      Label(name: symbols.text($0.name), value: symbols.text($0.value))
    }
    // They were valid when they came in; the texts have not changed.
    return Labels(all) ?? .none
  }

  /// The labels of a series as symbols, in the order of `Labels.pairs`.
  func labelSymbols(_ number: UInt32) -> ArraySlice<LabelSymbols> {
    pairs[Int(starts[Int(number)])..<Int(starts[Int(number) + 1])]
  }

  /// Hashes are only compared within this process, so the standard library's seeded one serves.
  private static func hash(_ labels: Labels) -> UInt32 {
    UInt32(truncatingIfNeeded: labels.hashValue)
  }

  private func find(_ labels: Labels, hash: UInt32) -> (found: UInt32?, freeSlot: Int) {
    let mask = slots.count - 1
    var slot = Int(hash) & mask
    while slots[slot] != 0 {
      let number = slots[slot] - 1
      if hashes[Int(number)] == hash, equal(number, labels) { return (number, slot) }
      slot = (slot + 1) & mask
    }
    return (nil, slot)
  }

  private func equal(_ number: UInt32, _ labels: Labels) -> Bool {
    let stored = labelSymbols(number)
    guard stored.count == labels.pairs.count else { return false }
    for (symbol, pair) in zip(stored, labels.pairs) {
      // By bytes: `String` calls two spellings of one letter equal, and they are two series.
      guard symbols.text(symbol.name).utf8.elementsEqual(pair.name.utf8),
        symbols.text(symbol.value).utf8.elementsEqual(pair.value.utf8)
      else { return false }
    }
    return true
  }

  private mutating func grow() {
    let mask = slots.count * 2 - 1
    var larger = [UInt32](repeating: 0, count: slots.count * 2)
    for number in 0..<count {
      var slot = Int(hashes[number]) & mask
      while larger[slot] != 0 { slot = (slot + 1) & mask }
      larger[slot] = UInt32(number) + 1
    }
    slots = larger
  }
}

/// A matcher and, where it cannot be looked up, the values of its label that satisfy it.
struct ResolvedMatcher: Sendable {
  let matcher: LabelMatcher
  /// Symbols of the values the expression matched; `nil` where the matcher is looked up.
  var matching: [UInt32]?
  /// Symbols of the values it did not match.
  var failing: [UInt32] = []
}

extension SeriesTable {
  /// Every value of a label with its symbol, in the order of appearance.
  ///
  /// O(values).
  func values(of name: String) -> [(symbol: UInt32, text: String)] {
    guard let name = symbols.find(name) else { return [] }
    return (postings.valuesOfName[name] ?? []).map { ($0, symbols.text($0)) }
  }

  /// The series below `limit` that satisfy every matcher, ascending.
  ///
  /// Equality and alternatives are looked up; an expression has been tried once on each value of
  /// its label. No series is visited unless no matcher demands a label.
  func select(_ matchers: [ResolvedMatcher], below limit: UInt32) -> [UInt32] {
    var selected: [UInt32]?
    var excluded: [[UInt32]] = []
    for resolved in matchers {
      let matcher = resolved.matcher
      if matcher.matches("") {
        // Satisfied by series without the label: all but those whose value fails.
        excluded.append(series(matcher.name, failing(resolved)))
        continue
      }
      let wanted = series(matcher.name, matching(resolved))
      selected = selected.map { SortedNumbers.intersection($0, wanted) } ?? wanted
      if selected?.isEmpty == true { return [] }
    }
    var result = selected ?? Array(0..<UInt32(count))
    for numbers in excluded { result = SortedNumbers.subtracting(result, numbers) }
    if let last = result.last, last >= limit { result.removeAll { $0 >= limit } }
    return result
  }

  private func matching(_ resolved: ResolvedMatcher) -> [UInt32] {
    if let known = resolved.matching { return known }
    return (resolved.matcher.candidates ?? []).compactMap { symbols.find($0) }
  }

  private func failing(_ resolved: ResolvedMatcher) -> [UInt32] {
    if resolved.matching != nil { return resolved.failing }
    return (resolved.matcher.excluded ?? []).compactMap { symbols.find($0) }
  }

  private func series(_ name: String, _ values: [UInt32]) -> [UInt32] {
    guard let name = symbols.find(name) else { return [] }
    return postings.series(anyOf: values.map { LabelSymbols(name: name, value: $0) })
  }
}
