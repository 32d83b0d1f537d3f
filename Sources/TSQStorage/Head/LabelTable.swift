/// One label name and one value, as symbol numbers.
struct LabelSymbols: Hashable, Sendable {
  var name: UInt32
  var value: UInt32
}

/// All labels, each kept once and named by a number: a series is then four bytes for each of its
/// labels.
struct LabelTable: Sendable {
  private(set) var symbols = SymbolTable()
  private var labels: [LabelSymbols] = []
  private var slots = NumberSlots()
  /// Every label of a name, in the order of appearance, by the name's symbol.
  private var labelsOfName: [UInt32: [UInt32]] = [:]

  /// How many labels there are.
  var count: Int { labels.count }

  /// The symbol of a label's name, before any label has it.
  mutating func intern(symbol name: String) -> UInt32 { symbols.intern(name) }

  /// The number of a label, given to it now where it is new.
  mutating func intern(name: String, value: String) -> UInt32 {
    intern(LabelSymbols(name: symbols.intern(name), value: symbols.intern(value)))
  }

  /// The same for bytes that came from a file.
  ///
  /// - Throws: where a text is empty or no UTF-8.
  mutating func intern(name: RawSpan, value: RawSpan) throws -> UInt32 {
    guard !name.isEmpty, !value.isEmpty else { throw InvalidPart("a label is empty") }
    return intern(
      LabelSymbols(name: try symbols.intern(name), value: try symbols.intern(value)))
  }

  private mutating func intern(_ label: LabelSymbols) -> UInt32 {
    let hash = LabelTable.hash(label)
    if let known = find(label, hash) { return known }
    labels.append(label)
    let number = slots.append(hash)
    labelsOfName[label.name, default: []].append(number)
    return number
  }

  /// The number of a label that is known.
  func find(name: String, value: String) -> UInt32? {
    guard let name = symbols.find(name), let value = symbols.find(value) else { return nil }
    let label = LabelSymbols(name: name, value: value)
    return find(label, LabelTable.hash(label))
  }

  /// Every label of a name, in the order of appearance.
  func labels(named name: String) -> [UInt32] {
    symbols.find(name).flatMap { labelsOfName[$0] } ?? []
  }

  /// The symbols of a label.
  subscript(number: UInt32) -> LabelSymbols { labels[Int(number)] }

  private func find(_ label: LabelSymbols, _ hash: UInt32) -> UInt32? {
    slots.find(hash) { labels[Int($0)] == label }
  }

  private static func hash(_ label: LabelSymbols) -> UInt32 {
    UInt32(truncatingIfNeeded: label.hashValue)
  }
}
