import Testing

@testable import TSQCodec

/// The table of powers against whole-number arithmetic.
@Suite struct PowersOfFiveTests {
  /// A whole number as bits, lowest first; slow, and plain to check.
  private struct Whole {
    var bits: [Bool]

    static func powerOfFive(_ exponent: Int) -> Whole {
      var value = Whole(bits: [true])
      for _ in 0..<exponent { value = value.timesFive() }
      return value
    }

    /// 5x = 4x + x, added bit by bit.
    private func timesFive() -> Whole {
      let shifted = [false, false] + bits
      var sum: [Bool] = []
      var carry = false
      for place in 0..<(shifted.count + 1) {
        let left = place < bits.count && bits[place]
        let right = place < shifted.count && shifted[place]
        let ones = [left, right, carry].count { $0 }
        sum.append(ones % 2 == 1)
        carry = ones >= 2
      }
      while sum.last == false { sum.removeLast() }
      return Whole(bits: sum)
    }

    /// Whether it is at least another.
    func isAtLeast(_ other: Whole) -> Bool {
      if bits.count != other.bits.count { return bits.count > other.bits.count }
      for (left, right) in zip(bits.reversed(), other.bits.reversed()) where left != right {
        return left
      }
      return true
    }

    mutating func subtract(_ other: Whole) {
      var borrow = false
      for place in bits.indices {
        let right = (place < other.bits.count && other.bits[place] ? 1 : 0) + (borrow ? 1 : 0)
        let left = bits[place] ? 1 : 0
        bits[place] = (left + 2 - right) % 2 == 1
        borrow = left < right
      }
      while bits.last == false { bits.removeLast() }
    }

    /// The leading 128 bits, cut off below.
    var leading: UInt128 {
      var value: UInt128 = 0
      for place in 0..<128 {
        let index = bits.count - 1 - place
        value = value << 1 | (index >= 0 && bits[index] ? 1 : 0)
      }
      return value
    }

    /// The leading 128 bits of 1 / self, by long division; never exact but for 1.
    var leadingOfReciprocal: UInt128 {
      var rest = Whole(bits: [true])
      var value: UInt128 = 0
      while value >> 127 == 0 {
        rest.bits.insert(false, at: 0)
        let fits = rest.isAtLeast(self)
        if fits { rest.subtract(self) }
        value = value << 1 | (fits ? 1 : 0)
      }
      return value
    }
  }

  @Test("each entry is the power's leading 128 bits")
  func table() {
    #expect(PowersOfFive.words.count == 2 * PowersOfFive.exponents.count)
    for exponent in PowersOfFive.exponents {
      let place = 2 * (exponent - PowersOfFive.exponents.lowerBound)
      let found = UInt128(PowersOfFive.words[place]) << 64 | UInt128(PowersOfFive.words[place + 1])
      let expected =
        exponent >= 0
        ? Whole.powerOfFive(exponent).leading
        : Whole.powerOfFive(-exponent).leadingOfReciprocal + (exponent >= -27 ? 1 : 0)
      #expect(found == expected, "5^\(exponent)")
    }
  }
}
