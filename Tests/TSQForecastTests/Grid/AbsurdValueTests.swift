import TSQCore
import TSQTestSupport
import Testing

@testable import TSQForecast

@Suite("Absurd values")
struct AbsurdValueTests {
  /// A disk that fills by a hundredth a day, an hour apart.
  private static func ramp() -> [Double] {
    let noise = Synthetic.white(720, sigma: 0.002, seed: 31)
    return noise.indices.map { 0.6 + 0.009 * Double($0) / 24 + noise[$0] }
  }

  @Test(
    "a lone one changes a forecast no more than a gap would, and is told",
    arguments: [
      1e4, 1e12, 0x1p64, 1e300, -1e9,
    ])
  func lone(value: Double) {
    var (absurd, gap) = (Self.ramp(), Self.ramp())
    absurd[300] = value
    gap[300] = .nan
    var request = ForecasterPropertyTests.request(720, steps: 14 * 24)
    request.bounds = ValueBounds(lower: 0, upper: 1)
    request.thresholds = [Threshold(limit: 0.9, direction: .above)]
    let found = Forecaster.forecast(Synthetic.samples(absurd), request)
    let expected = Forecaster.forecast(Synthetic.samples(gap), request)
    #expect(found.points == expected.points && found.crossings == expected.crossings)
    #expect(found.evidence.absurdValues == 1 && expected.evidence.absurdValues == 0)
  }

  @Test("beyond declared bounds by more than they are apart is absurd, a little beyond is not")
  func bounds() {
    var values = Self.ramp()
    values[100] = 2.5
    values[200] = 1.4
    let percent = ValueBounds(lower: 0, upper: 1)
    #expect(AbsurdValues.remove(from: &values, bounds: percent) == 1)
    #expect(values[100].isNaN && values[200] == 1.4)
    #expect(AbsurdValues.remove(from: &values, bounds: .none) == 0)
  }

  @Test("bursts, many far values, far values at the end and short histories stay")
  func kept() {
    var idle = Synthetic.white(720, sigma: 0.1, seed: 32).map(abs)
    for index in stride(from: 50, to: 720, by: 200) { idle[index] = 60 }
    var many = Self.ramp()
    for index in stride(from: 0, to: 720, by: 60) { many[index] = 1e9 }
    var jump = Self.ramp()
    for index in 715..<720 { jump[index] = 1e9 }
    let constant = [Double](repeating: 0, count: 100) + [1e9] + [0]
    for var values in [idle, many, jump, constant, [1, 2, 1e9, 1, 2]] {
      let before = values
      #expect(AbsurdValues.remove(from: &values, bounds: .none) == 0)
      #expect(values == before)
    }
  }
}
