extension LineBatch {
  /// Copies of the three columns, for a caller that hands them on to a store.
  ///
  /// - Complexity: O(samples), three block copies.
  package var columns: (keys: [UInt32], times: [Int64], values: [Double]) {
    (
      Array(keyColumn[..<sampleCount]), Array(timeColumn[..<sampleCount]),
      Array(valueColumn[..<sampleCount])
    )
  }
}
