import TSQCore
import TSQTestSupport
import Testing

@testable import TSQForecast

/// What a fresh jump of the level does to path, intervals and crossings.
@Suite("Fresh jumps")
struct JumpReturnTests {
  /// Two weeks of a daily wave, raised by 20 for the last values.
  private static func jumped(age: Int, seed: UInt64) -> [Double] {
    var series = LevelShiftGuardTests.history(seed: seed)
    for index in (series.count - age)..<series.count { series[index] += 20 }
    return series
  }

  private static func found(age: Int, steps: Int) throws -> JumpReturn {
    let shift = try #require(LevelShiftGuardTests.find(jumped(age: age, seed: 9)))
    #expect(shift.length == age)
    return JumpReturn(shift, steps: steps, settings: EngineSettings())
  }

  @Test("a jump is followed for twice the time it has lasted, then the path goes back")
  func fading() throws {
    let jump = try Self.found(age: 10, steps: 40)
    var path = [Double](repeating: 30, count: 40)
    jump.fade(&path)
    #expect(path[19] == 30)
    #expect(abs(path[39] - (30 - jump.size / 2)) < 1e-12)
    // One that has lived through most of a day mostly stays.
    #expect(try Self.found(age: 18, steps: 90).faded.allSatisfy { $0 == 0 })
  }

  @Test("what has lasted a while lasts as long again with even odds, or stays for good")
  func standing() throws {
    #expect(try Self.found(age: 6, steps: 40).staying == 0.2)
    #expect(abs(try Self.found(age: 18, steps: 40).staying - 0.6) < 1e-12)
    #expect(try Self.found(age: 30, steps: 40).staying == 0.8)
    let jump = try Self.found(age: 10, steps: 40)
    let staying = jump.staying
    #expect(abs(jump.standing(9) - (staying + (1 - staying) / 2)) < 1e-12)
    #expect(abs(jump.standing(89) - (staying + (1 - staying) / 10)) < 1e-12)
    // The courses are a sample of the same law.
    let courses = jump.courses()
    #expect(abs(courses.reduce(0) { $0 + $1.share } - 1) < 1e-12)
    for step in [1, 5, 20, 400] {
      let share = courses.reduce(0) { $1.end > step ? $0 + $1.share : $0 }
      #expect(abs(share - jump.standing(step)) < 0.15, "step \(step)")
    }
    #expect(abs(jump.distance(39, endingAt: .max) - jump.size / 2) < 1e-12)
    #expect(abs(jump.distance(39, endingAt: 39) + jump.size / 2) < 1e-12)
  }

  @Test("the ends are quantiles of both levels' errors together", arguments: [0.5, 0.8, 0.95])
  func quantiles(level: Double) throws {
    let jump = try Self.found(age: 10, steps: 60)
    let errors = (0..<2001).map { (Double($0) - 1000) / 500 }
    let ends = jump.offsets(level: level, errors: errors, scale: [Double](repeating: 3, count: 60))
    for step in [0, 4, 12, 30, 59] {
      let new = jump.size * jump.faded[step]
      /// The share of all paths below a distance from the faded one, counted error by error.
      func below(_ x: Double) -> Double {
        let standing = jump.standing(step)
        let levels = [
          (new - jump.size, 1 - standing), (new - 0.1 * jump.size, standing / 3),
          (new, standing / 3), (new + 0.1 * jump.size, standing / 3),
        ]
        return levels.reduce(0) { sum, one in
          sum + one.1 * Double(errors.count { one.0 + 3 * $0 < x }) / Double(errors.count)
        }
      }
      let tail = (1 - level) / 2
      if ends.low[step] < 0 { #expect(abs(below(ends.low[step]) - tail) < 0.02, "step \(step)") }
      if ends.high[step] > 0 {
        #expect(abs(below(ends.high[step]) - (1 - tail)) < 0.02, "step \(step)")
      }
      #expect(ends.low[step] <= 0 && ends.high[step] >= 0)
    }
  }

  @Test("where jumps end as the law says, the 80 % interval holds 80 %", arguments: [3, 5, 12])
  func coverage(age: Int) {
    let staying = max(0.2, 0.8 * Double(age) / 24)
    var (inside, all) = (0, 0)
    for seed in 1...30 as ClosedRange<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let series = Self.jumped(age: age, seed: seed)
      let request = ForecasterPropertyTests.request(series.count)
      let forecast = Forecaster.forecast(Synthetic.samples(series), request)
      #expect(forecast.evidence.levelShift?.bucketsAgo == age, "seed \(seed)")
      for draw in 0..<10 {
        let noise = Synthetic.white(24, sigma: 0.3, seed: seed &* 1000 &+ UInt64(draw))
        let share = Double.random(in: 0..<1, using: &generator)
        let stays = Double.random(in: 0..<1, using: &generator) < staying
        let end = stays ? Double.infinity : Double(age) * share / (1 - share)
        for (step, point) in forecast.points.enumerated() {
          let wave = 10 + [0.0, 1, 2, 3, 2, 1][(series.count + step) % 24 / 4]
          let truth = wave + noise[step] + (Double(step) < end ? 20 : 0)
          all += 1
          if point.intervals[0].low <= truth, truth <= point.intervals[0].high { inside += 1 }
        }
      }
    }
    let share = Double(inside) / Double(all)
    #expect(share > 0.76 && share < 0.93, "age \(age): \(share)")
  }

  @Test("a level between the two is passed as often as jumps end")
  func crossing() throws {
    let series = Self.jumped(age: 6, seed: 4)
    var request = ForecasterPropertyTests.request(series.count)
    request.thresholds = [Threshold(limit: 21, direction: .below)]
    let forecast = Forecaster.forecast(Synthetic.samples(series), request)
    let jump = try Self.found(age: 6, steps: 24)
    for step in [5, 11, 23] {
      let said = forecast.crossings[0].probabilityByStep[step]
      #expect(abs(said - (1 - jump.standing(step))) < 0.2, "step \(step): \(said)")
    }
  }
}
