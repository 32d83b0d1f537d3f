internal import TSQCore

/// What the tags of a new key must satisfy beyond their grammar.
struct LabelRules {
  let limits: LineProtocolLimits

  /// Why the tags cannot be labels, or `nil` when they can.
  ///
  /// - Complexity: O(tags · log tags + bytes).
  func fault(of line: ScannedLine, in bytes: RawSpan) -> RejectReason? {
    if line.tags.count > limits.labelsPerSeries { return .tooManyLabels }
    var names: [[UInt8]] = []
    names.reserveCapacity(line.tags.count)
    for tag in line.tags {
      let name = NameText.unescaped(bytes, from: tag.nameStart, to: tag.nameEnd)
      if name.count > limits.labelNameBytes { return .labelTooLong }
      if name.elementsEqual(Labels.metricNameLabel.utf8)
        || name.elementsEqual(Labels.rollupLabel.utf8)
      {
        return .reservedLabel
      }
      let valueCount = NameText.unescapedCount(bytes, from: tag.valueStart, to: tag.valueEnd)
      if valueCount > limits.labelValueBytes { return .labelTooLong }
      names.append(name)
    }
    names.sort { $0.lexicographicallyPrecedes($1) }
    for (left, right) in zip(names, names.dropFirst()) where left == right { return .duplicateTag }
    return nil
  }
}

/// Whether bytes are UTF-8.
enum UTF8Check {
  /// Whether a range of offsets is well-formed UTF-8: no overlong forms, surrogates or values past
  /// U+10FFFF.
  ///
  /// Source: the table of well-formed sequences, The Unicode Standard 16.0, table 3-7.
  static func isValid(_ bytes: RawSpan, from start: Int, to end: Int) -> Bool {
    var offset = start
    while offset < end {
      let lead = bytes.octet(offset)
      if lead < 0x80 {
        offset += 1
        continue
      }
      let length: Int
      var low: UInt8 = 0x80
      var high: UInt8 = 0xbf
      switch lead {
      case 0xc2...0xdf: length = 2
      case 0xe0: (length, low) = (3, 0xa0)
      case 0xed: (length, high) = (3, 0x9f)
      case 0xe1...0xef: length = 3
      case 0xf0: (length, low) = (4, 0x90)
      case 0xf1...0xf3: length = 4
      case 0xf4: (length, high) = (4, 0x8f)
      default: return false
      }
      guard offset + length <= end else { return false }
      guard (low...high).contains(bytes.octet(offset + 1)) else { return false }
      for place in (offset + 2)..<max(offset + 2, offset + length)
      where bytes.octet(place) & 0xc0 != 0x80 {
        return false
      }
      offset += length
    }
    return true
  }
}
