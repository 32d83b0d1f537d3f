/// How much history answers may use.
public enum ForecastLookback {
  /// 90 days: a quarter holds twelve weekly cycles and stays cheap to read.
  public static let defaultNanoseconds: Int64 = 90 * 86_400_000_000_000
}
