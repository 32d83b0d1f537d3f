import TSQCore

/// The order of series in a segment: by metric name, then by label names and values in turn, all as
/// UTF-8 bytes.
///
/// Swift compares texts by meaning: two ways to write `é` are equal to it. In a file they are two
/// series, because the sender wrote different bytes.
enum LabelOrder {
  /// Compares two label sets: negative, zero or positive, as the first sorts before, with or after.
  static func compare(_ left: Labels, _ right: Labels) -> Int {
    let metric = compare(left.metric, right.metric)
    if metric != 0 { return metric }
    for (a, b) in zip(left.pairs, right.pairs) {
      let name = compare(a.name, b.name)
      if name != 0 { return name }
      let value = compare(a.value, b.value)
      if value != 0 { return value }
    }
    return left.pairs.count - right.pairs.count
  }

  private static func compare(_ left: String, _ right: String) -> Int {
    let (a, b) = (left.utf8Span.span, right.utf8Span.span)
    for index in 0..<min(a.count, b.count) where a[index] != b[index] {
      return Int(a[index]) - Int(b[index])
    }
    return a.count - b.count
  }
}
