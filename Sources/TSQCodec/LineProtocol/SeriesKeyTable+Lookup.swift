extension SeriesKeyTable {
  /// The group of a raw key, or `nil` when it was never seen.
  ///
  /// - Complexity: O(length).
  func group(_ bytes: RawSpan, from start: Int, to end: Int, hash: UInt64) -> UInt32? {
    let kept = unsafe text.span.bytes
    let length = end - start
    let found = groupSlots.find(hash) { index in
      groups[index].keyLength == length
        && bytes.equals(start, kept, groups[index].keyStart, count: length)
    }
    return found.map { UInt32($0) }
  }

  /// The field of a group with a raw name, or `nil` when it was never seen.
  ///
  /// - Complexity: O(length).
  func field(_ bytes: RawSpan, from start: Int, to end: Int, group: UInt32) -> UInt32? {
    let hash = hasher.hash(bytes, from: start, to: end, salt: UInt64(group) &+ 1)
    let kept = unsafe text.span.bytes
    let length = end - start
    let found = fieldSlots.find(hash) { index in
      fields[index].group == group && fields[index].nameLength == length
        && bytes.equals(start, kept, fields[index].nameStart, count: length)
    }
    return found.map { UInt32($0) }
  }

  /// Whether a line's new keys still fit.
  func hasRoom(keyBytes: Int, fieldCount: Int) -> Bool {
    fields.count + fieldCount <= keyCapacity && groups.count < keyCapacity
      && text.count + keyBytes + 2 <= byteCapacity
  }

  /// Keeps a new group.
  mutating func addGroup(_ bytes: RawSpan, from start: Int, to end: Int, hash: UInt64) -> UInt32 {
    let index = groups.count
    let keyStart = append(bytes, from: start, to: end, terminator: Octet.space)
    groups.append(
      Group(
        hash: hash, keyStart: keyStart, keyLength: end - start, firstField: Self.none,
        nextGroup: Self.none))
    groupSlots.insert(hash, index: index)
    return UInt32(index)
  }

  /// Keeps a new field of a group; it becomes a key with its first number.
  mutating func addField(_ bytes: RawSpan, from start: Int, to end: Int, group: UInt32) -> UInt32 {
    let index = fields.count
    let nameStart = keepName(bytes, from: start, to: end, firstField: index)
    fields.append(
      Field(
        group: group, key: Self.none, nameStart: nameStart, nameLength: end - start,
        next: Self.none))
    let hash = hasher.hash(bytes, from: start, to: end, salt: UInt64(group) &+ 1)
    fieldSlots.insert(hash, index: index)
    return UInt32(index)
  }

  /// The key of a field, given its id now if it has none yet.
  mutating func key(ofField field: UInt32) -> UInt32 {
    let known = fields[Int(field)].key
    if known != Self.none { return known }
    let key = UInt32(keyFields.count)
    keyFields.append(field)
    fields[Int(field)].key = key
    return key
  }

  /// Where a field name is stored; the same place for the same name in every group.
  private mutating func keepName(
    _ bytes: RawSpan, from start: Int, to end: Int, firstField: Int
  ) -> Int {
    let hash = hasher.hash(bytes, from: start, to: end)
    if let place = keptName(bytes, from: start, to: end, hash: hash) { return place }
    nameSlots.insert(hash, index: firstField)
    return append(bytes, from: start, to: end, terminator: Octet.equals)
  }

  private func keptName(_ bytes: RawSpan, from start: Int, to end: Int, hash: UInt64) -> Int? {
    let length = end - start
    let kept = unsafe text.span.bytes
    let found = nameSlots.find(hash) { index in
      fields[index].nameLength == length
        && bytes.equals(start, kept, fields[index].nameStart, count: length)
    }
    return found.map { fields[$0].nameStart }
  }

  private mutating func append(
    _ bytes: RawSpan, from start: Int, to end: Int, terminator: UInt8
  ) -> Int {
    let place = text.count
    for offset in start..<end { text.append(bytes.octet(offset)) }
    text.append(terminator)
    return place
  }
}
