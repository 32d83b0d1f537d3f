/// Doubles as integers in the same order: neighbouring doubles are neighbouring integers.
///
/// Positive doubles are ordered like their bit patterns; for negative ones all bits but the sign are
/// flipped. NaNs are the integers beyond the infinities. Its own inverse, on every bit pattern.
enum OrderedBits {
  @inline(__always)
  static func integer(_ value: Double) -> Int64 {
    let bits = Int64(bitPattern: value.bitPattern)
    return bits ^ ((bits >> 63) & Int64.max)
  }

  @inline(__always)
  static func double(_ integer: Int64) -> Double {
    Double(bitPattern: UInt64(bitPattern: integer ^ ((integer >> 63) & Int64.max)))
  }
}
