/// The slots of a hash table with open addressing: indices into somebody else's array.
///
/// A slot also holds the upper half of the hash, so that a probe looks at foreign bytes only where
/// they almost surely match, and growing needs no key. Linear probing, at most half full.
struct KeySlots: Sendable {
  /// Upper 32 bits of the hash, then index + 1; 0 is free.
  private var slots: [UInt64] = []
  private var count = 0

  var byteCount: Int { slots.capacity * 8 }

  /// The first index with this hash for which `isMatch` holds.
  @inline(__always)
  func find(_ hash: UInt64, where isMatch: (Int) -> Bool) -> Int? {
    guard !slots.isEmpty else { return nil }
    let mask = slots.count - 1
    var place = KeySlots.place(hash, mask)
    while true {
      let slot = slots[place]
      if slot == 0 { return nil }
      let index = Int(truncatingIfNeeded: slot & 0xffff_ffff) - 1
      if slot >> 32 == hash >> 32, isMatch(index) { return index }
      place = (place + 1) & mask
    }
  }

  /// Adds an index that is not there yet.
  mutating func insert(_ hash: UInt64, index: Int) {
    if (count + 1) * 2 > slots.count { grow() }
    count += 1
    KeySlots.put((hash & ~0xffff_ffff) | UInt64(index + 1), in: &slots)
  }

  /// Slots are chosen by the stored half of the hash, mixed, so that growing can place them again.
  @inline(__always)
  private static func place(_ hash: UInt64, _ mask: Int) -> Int {
    let mixed = (hash >> 32) &* 0x9e37_79b9_7f4a_7c15
    return Int(truncatingIfNeeded: mixed >> 32) & mask
  }

  private static func put(_ slot: UInt64, in slots: inout [UInt64]) {
    let mask = slots.count - 1
    var place = Self.place(slot, mask)
    while slots[place] != 0 { place = (place + 1) & mask }
    slots[place] = slot
  }

  private mutating func grow() {
    var larger = [UInt64](repeating: 0, count: max(64, slots.count * 2))
    for slot in slots where slot != 0 { KeySlots.put(slot, in: &larger) }
    slots = larger
  }
}
