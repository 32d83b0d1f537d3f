/// A hash table that gives things consecutive numbers, from 0; the things lie in somebody else's
/// array.
///
/// A slot holds the hash beside the number, so that a probe looks at foreign memory only where it
/// almost surely finds what it seeks, and growing needs no thing. Linear probing, at most three
/// quarters full: 11 to 21 bytes a number.
struct NumberSlots: Sendable {
  /// The hash in the upper half, number + 1 in the lower; 0 is free.
  private var slots = [UInt64](repeating: 0, count: 64)
  /// How many numbers were given.
  private(set) var count = 0

  /// The number with this hash for which `isMatch` holds.
  @inline(__always)
  func find(_ hash: UInt32, where isMatch: (UInt32) -> Bool) -> UInt32? {
    let mask = slots.count - 1
    var place = Int(hash) & mask
    while true {
      let slot = slots[place]
      if slot == 0 { return nil }
      if UInt32(truncatingIfNeeded: slot >> 32) == hash {
        let number = UInt32(truncatingIfNeeded: slot) - 1
        if isMatch(number) { return number }
      }
      place = (place + 1) & mask
    }
  }

  /// Gives the next number to a thing that has none yet.
  ///
  /// - Precondition: fewer than 2^32 - 1 numbers were given.
  mutating func append(_ hash: UInt32) -> UInt32 {
    if (count + 1) * 4 > slots.count * 3 { resize(to: slots.count * 2) }
    let number = UInt32(count)
    NumberSlots.put(UInt64(hash) << 32 | UInt64(number + 1), in: &slots)
    count += 1
    return number
  }

  /// Makes room for this many numbers in all, so that loading many grows once.
  mutating func reserve(_ total: Int) {
    var size = slots.count
    while total * 4 > size * 3 { size *= 2 }
    if size > slots.count { resize(to: size) }
  }

  private mutating func resize(to size: Int) {
    var larger = [UInt64](repeating: 0, count: size)
    for slot in slots where slot != 0 { NumberSlots.put(slot, in: &larger) }
    slots = larger
  }

  private static func put(_ slot: UInt64, in slots: inout [UInt64]) {
    let mask = slots.count - 1
    var place = Int(slot >> 32) & mask
    while slots[place] != 0 { place = (place + 1) & mask }
    slots[place] = slot
  }
}
