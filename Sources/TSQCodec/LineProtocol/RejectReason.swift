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
  /// A tag is called `__name__`, which is where the metric name lives.
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
  /// The timestamp is not an integer, or `Int64` nanoseconds cannot hold it.
  case badTimestamp = "bad-timestamp"
  /// The line is longer than the limit.
  case lineTooLong = "line-too-long"
  /// The input ended in the middle of the line.
  case incompleteLine = "incomplete-line"
  /// Graphite: the line is not `path value [time]`.
  case badShape = "bad-shape"
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
    case .badTag: "a tag is not `name=value`; `,` `=` and space in it need a backslash"
    case .emptyTagValue: "a tag has no value; leave the tag out instead"
    case .duplicateTag: "a tag stands twice"
    case .reservedLabel: "`__name__` cannot be a tag; it holds the metric name"
    case .tooManyLabels: "the line has more tags than the limit"
    case .labelTooLong: "a tag name, a tag value or the metric name is longer than the limit"
    case .missingField: "the line has no field"
    case .badField: "a field is not `name=value`"
    case .badFieldValue: "a field's value is not a finite number, a boolean or a quoted string"
    case .unterminatedString: "a quoted value is not closed"
    case .tooManyFields: "the line has more fields than the limit"
    case .badTimestamp:
      "the timestamp is not a whole number that fits 64-bit nanoseconds in this precision"
    case .lineTooLong: "the line is longer than the limit"
    case .incompleteLine: "the input ended before the end of the line"
    case .badShape: "the line is not `path value [timestamp]`"
    case .seriesLimit: "the series limit is reached; only new series are refused"
    case .tooOld: "the timestamp is older than the store accepts"
    case .tooNew: "the timestamp is further in the future than the store accepts"
    case .storeUnavailable: "the store could not take the line; send it again"
    }
  }
}
