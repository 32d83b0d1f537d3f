import Testing

@testable import TSQServer

@Suite("Reads under way")
struct ReadGaugeTests {
  @Test("A connection is quiet only after probes with nothing read and nothing under way")
  func quiet() {
    let gauge = ReadGauge()
    gauge.loopAnswered()
    #expect(gauge.quietProbes == 0, "nobody asked for bytes yet")
    gauge.askedForRead()
    gauge.loopAnswered()
    gauge.loopAnswered()
    #expect(gauge.quietProbes == 2)
    gauge.startedRead()
    #expect(gauge.isBusy)
    gauge.loopAnswered()
    #expect(gauge.quietProbes == 0, "a read is under way")
    gauge.startedRead()
    gauge.finishedRead()
    gauge.loopAnswered()
    #expect(gauge.quietProbes == 0, "one of two reads is still under way")
    gauge.finishedRead()
    #expect(!gauge.isBusy)
    gauge.loopAnswered()
    #expect(gauge.quietProbes == 0, "the next bytes are not asked for yet")
    gauge.askedForRead()
    gauge.loopAnswered()
    #expect(gauge.quietProbes == 1)
  }
}
