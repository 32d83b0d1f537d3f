extension IntegerColumn {
  /// How a column is written, in a few words; reads its head only.
  static func describe(_ reader: inout ByteReader, count: Int) throws(ByteReadError) -> String {
    if count == 0 { return "empty" }
    let code = try reader.readByte()
    switch code {
    case nestingCode(.runs):
      return "run length \(try reader.readCount(maximum: count))"
    case nestingCode(.dictionary):
      return "dictionary \(try reader.readCount(maximum: count))"
    default: break
    }
    let head = try Head(code: code, from: &reader)
    let divisor = head.divisor == 1 ? "" : "divisor \(head.divisor) > "
    if head.packing == .constant {
      switch head.predictor {
      case .none: return "constant"
      case .previous: return "linear"
      case .line: return "\(divisor)quadratic"
      case .grid: return "\(divisor)grid"
      }
    }
    let names = ["frame of reference", "delta", "delta of delta", "grid"]
    let name = divisor + names[Int(head.predictor.rawValue)]
    if head.packing == .bins { return name + " > bins" }
    let width = try reader.readByte()
    let patched = head.packing == .patched ? "patched" : "packed"
    return "\(name) > \(patched) \(width) bits"
  }
}
