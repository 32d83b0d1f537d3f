/// Why a line was not stored.
///
/// The raw value is the stable code that acknowledgements, metrics and dead letters carry; it never
/// changes once released. `docs/formats/line-protocol.md` describes each.
public enum RejectReason: String, CaseIterable, Hashable, Sendable {
  /// The line holds bytes that are not UTF-8.
  case badUTF8 = "bad-utf8"
  /// The line starts with a comma, so the measurement is empty.
  case missingMeasurement = "missing-measurement"
  /// A tag has no `=`, an empty name, or an `=` in its value without a backslash.
  case badTag = "bad-tag"
  /// A tag's value is empty.
  case emptyTagValue = "empty-tag-value"
  /// A tag's name stands twice, escapes resolved.
  case duplicateTag = "duplicate-tag"
  /// A tag is called `__name__`, which is where the metric name lives, or `__rollup__`, which tells
  /// hourly values from samples.
  case reservedLabel = "reserved-label"
  /// More labels than the limit.
  case tooManyLabels = "too-many-labels"
  /// A label name, a label value or the metric name is longer than its limit.
  case labelTooLong = "label-too-long"
  /// The line has no field at all.
  case missingField = "missing-field"
  /// A field has no `=` or an empty name.
  case badField = "bad-field"
  /// A field's value is not a number, boolean or string of the protocol, or is out of range.
  case badFieldValue = "bad-field-value"
  /// A quoted value has no closing quote.
  case unterminatedString = "unterminated-string"
  /// More fields than the limit.
  case tooManyFields = "too-many-fields"
  /// The timestamp is not one of the format, or `Int64` nanoseconds cannot hold it.
  case badTimestamp = "bad-timestamp"
  /// The line has a timestamp behind an order that names no unit of time.
  case unknownUnit = "unknown-unit"
  /// The line is longer than the limit.
  case lineTooLong = "line-too-long"
  /// The input ended in the middle of the line.
  case incompleteLine = "incomplete-line"
  /// Graphite: the line is not `path value [time]`.
  case badShape = "bad-shape"
  /// Labels are not `name="value"` pairs, or a name is empty.
  case badLabels = "bad-labels"
  /// A metric or label name has characters that the format does not allow.
  case badName = "bad-name"
  /// The value is not a number.
  case badValue = "bad-value"
  /// OpenMetrics: a byte order mark stands before the first line.
  case byteOrderMark = "byte-order-mark"
  /// OpenMetrics: spaces or an empty line where none may be.
  case badSpacing = "bad-spacing"
  /// OpenMetrics: a `# HELP`, `# TYPE` or `# UNIT` line is malformed, repeated, or comes too late.
  case badMetadata = "bad-metadata"
  /// OpenMetrics: the sample's name is not one that its family's type has.
  case badSuffix = "bad-suffix"
  /// OpenMetrics: the sample breaks a rule of its family's type.
  case badForType = "bad-for-type"
  /// OpenMetrics: a histogram ended before its bucket `+Inf`; given where that was noticed.
  case missingBucket = "missing-bucket"
  /// OpenMetrics: a metric ended before a sample that its others ask for; given where that was noticed.
  case missingSample = "missing-sample"
  /// OpenMetrics: samples of one family or one series do not stand together, or repeat.
  case badGrouping = "bad-grouping"
  /// OpenMetrics: an exemplar is malformed, too long, outside its bucket, or where none may be.
  case badExemplar = "bad-exemplar"
  /// OpenMetrics: the input ends without `# EOF`, or goes on behind it.
  case badEOF = "bad-eof"
  /// CSV: the row does not have the columns that the first row promised.
  case badRow = "bad-row"
  /// CSV: the first row is no header that is known, and no row of data either; given for every row.
  case badHeader = "bad-header"
  /// CSV: the row has no series, and nothing else names one.
  case missingSeries = "missing-series"
  /// CSV: the series is a number or a date, and no header says that it is a series.
  case badSeries = "bad-series"
  /// Remote write: a native histogram, which tsq does not store.
  case nativeHistogram = "native-histogram"
  /// Remote write: a series' message cannot be read.
  case malformedMessage = "malformed-message"
  /// Remote write 2.0: a label refers to a symbol that the request has not, or is half a pair.
  case badReference = "bad-reference"
  /// The store's series limit is reached and the line needs a new series; given by the ingest layer.
  case seriesLimit = "series-limit"
  /// The timestamp lies before the oldest one accepted; given by the ingest layer.
  case tooOld = "too-old"
  /// The timestamp lies after the latest one accepted; given by the ingest layer.
  case tooNew = "too-new"
  /// The line is right and the store could not take it; given by the ingest layer.
  case storeUnavailable = "store-unavailable"

  /// One sentence that tells a sender what to mend.
  public var message: String {
    switch self {
    case .badUTF8: "the line is not valid UTF-8"
    case .missingMeasurement: "the measurement is empty"
    case .badTag:
      "a tag is not `name=value`; in line protocol `,` `=` and space in it need a backslash"
    case .emptyTagValue: "a tag has no value; leave the tag out instead"
    case .duplicateTag: "a tag stands twice"
    case .reservedLabel: "`__name__` and `__rollup__` cannot be tags; the store sets them"
    case .tooManyLabels: "the line has more tags than the limit"
    case .labelTooLong: "a tag name, a tag value or the metric name is longer than the limit"
    case .missingField: "the line has no field"
    case .badField: "a field is not `name=value`"
    case .badFieldValue: "a field's value is not a finite number, a boolean or a quoted string"
    case .unterminatedString: "a quoted value is not closed"
    case .tooManyFields: "the line has more fields than the limit"
    case .badTimestamp:
      "the timestamp is not a time as the format writes one, or lies beyond 9223372036854775807 "
        + "nanoseconds of 1970"
    case .unknownUnit:
      "the line has a timestamp, and the `# tsq precision=` before it names no unit of time"
    case .lineTooLong: "the line is longer than the limit"
    case .incompleteLine: "the input ended before the end of the line"
    case .badShape: "the line is not `path value [timestamp]`"
    case .badLabels: "the labels are not `name=\"value\"` pairs between braces"
    case .badName: "a metric or label name has characters that are not allowed"
    case .badValue: "the value is not a number"
    case .byteOrderMark:
      "OpenMetrics forbids the byte order mark before its first line; save it as UTF-8 without one"
    case .badSpacing: "OpenMetrics has single spaces, no empty lines and no carriage returns"
    case .badMetadata: "a HELP, TYPE or UNIT line is malformed, repeated, or behind its samples"
    case .badSuffix: "the name is not one that a sample of its family's type has"
    case .badForType: "the sample breaks a rule of its family's type"
    case .missingBucket: "the histogram before this line has no bucket le=\"+Inf\""
    case .missingSample:
      "the metric before this line lacks a sample: a counter's total, the count or the sum of a"
        + " histogram that has the other, or the negative bucket of a negative sum"
    case .badGrouping: "samples of one family, or of one series, do not stand together or repeat"
    case .badExemplar:
      "the exemplar is malformed, too long, outside its bucket, or may not stand here"
    case .badEOF: "OpenMetrics ends with `# EOF` and a line feed, and nothing comes behind it"
    case .badRow: "the row has not the columns series,timestamp,value or timestamp,value"
    case .badHeader:
      "the first row is neither `series,timestamp,value` or `timestamp,value` nor a row of these, "
        + "so no row is read"
    case .missingSeries: "the row is timestamp,value, and nothing names its series"
    case .badSeries:
      "the series is a number or a date, and no header `series,timestamp,value` says that it is one"
    case .nativeHistogram: "native histograms are not stored; send classic ones"
    case .malformedMessage: "the series' message cannot be read"
    case .badReference:
      "a label refers to a symbol that the request does not have, or has a name and no value"
    case .seriesLimit: "the series limit is reached; only new series are refused"
    case .tooOld: "the timestamp is older than the store accepts"
    case .tooNew: "the timestamp is further in the future than the store accepts"
    case .storeUnavailable: "the store could not take the line; send it again"
    }
  }
}
