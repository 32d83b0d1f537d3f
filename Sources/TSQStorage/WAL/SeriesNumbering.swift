/// Which number each series has in the log file being written.
///
/// A file numbers its series by itself, from 0 in the order of first use, and writes each series'
/// labels **twice**: in the frame that uses it first and in the next one that uses it. One damaged
/// frame therefore never takes the meaning of the frames after it.
struct SeriesNumbering {
  /// One series' labels are due in the frame at hand.
  struct Definition: Equatable {
    /// The series' number in the file.
    var local: UInt32
    /// The series' number in the process.
    var id: SeriesID
  }

  /// For each series: twice its assignment, plus 1 once the labels stand in the file twice.
  ///
  /// Assignments count on from file to file, so a new file forgets them all by one comparison
  /// instead of clearing a word for each of a million series.
  private var slots: [UInt32] = []
  /// The assignment that has number 0 in this file.
  private var fileBase: UInt32 = 1
  /// Assignments before this one do not hold any more.
  private var validFrom: UInt32 = 1
  private var next: UInt32 = 1

  /// Begins a new file: no series has a number.
  mutating func beginFile() {
    // Half the range is left to the file: far more than a file may name.
    if next > 1 << 30 {
      slots.removeAll(keepingCapacity: true)
      next = 1
    }
    fileBase = next
    validFrom = next
  }

  /// Forgets every number given, since their definitions did not reach the file.
  ///
  /// The numbers themselves are not given again: part of a frame may stand in the file.
  mutating func forgetDefinitions() { validFrom = next }

  /// How many numbers the file has used.
  var count: Int { Int(next - fileBase) }

  /// Numbers the series of one frame.
  ///
  /// - Parameters:
  ///   - series: whose samples the frame holds.
  ///   - locals: receives one number for each.
  ///   - definitions: receives the series whose labels the frame must carry.
  /// - Complexity: O(n), one array read a sample.
  mutating func number(
    _ series: Span<SeriesID>, into locals: inout [Int64], definitions: inout [Definition]
  ) {
    locals.removeAll(keepingCapacity: true)
    locals.reserveCapacity(series.count)
    definitions.removeAll(keepingCapacity: true)
    let frameStart = next
    for index in series.indices {
      let id = series[index]
      let position = Int(id.rawValue)
      if position >= slots.count { grow(to: position) }
      var slot = slots[position]
      if slot & 1 == 0 || slot >> 1 < validFrom {
        if slot >> 1 < validFrom {
          slot = next << 1
          next += 1
          slots[position] = slot
          definitions.append(Definition(local: (slot >> 1) - fileBase, id: id))
        } else if slot >> 1 < frameStart {
          slot |= 1
          slots[position] = slot
          definitions.append(Definition(local: (slot >> 1) - fileBase, id: id))
        }
      }
      locals.append(Int64((slot >> 1) - fileBase))
    }
  }

  private mutating func grow(to position: Int) {
    let size = max(position + 1, slots.count * 2, 1024)
    slots.append(contentsOf: repeatElement(0, count: size - slots.count))
  }
}
