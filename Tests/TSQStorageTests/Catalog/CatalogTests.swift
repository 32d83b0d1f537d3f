import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// The catalog says what the footers say, whatever happened to its file.
@Suite struct CatalogTests {
  @Test("a catalog made anew equals one kept up to date", arguments: propertySeeds(6))
  func incrementalEqualsRebuilt(seed: UInt64) throws {
    let folder = try TemporaryFolder()
    let segments = try CatalogFixtures.segments(seed: seed)
    let (kept, first) = try Catalog.open(folder("kept.sqlite"), segments: [])
    defer { kept.close() }
    #expect(first.isClean)
    try kept.publish(adding: Array(segments[..<2]), removing: [])
    try kept.publish(adding: [segments[2]], removing: [segments[0].info.name])
    try kept.publish(adding: [segments[3]], removing: [])
    let (rebuilt, report) = try Catalog.open(
      folder("rebuilt.sqlite"), segments: Array(segments[1...]))
    defer { rebuilt.close() }
    #expect(report.added.count == 3, "seed \(seed)")
    for catalog in [kept, rebuilt] {
      try catalog.verify()
      try CatalogFixtures.expect(catalog, toAgreeWith: Array(segments[1...]), "seed \(seed)")
    }
    #expect(try kept.chunks(ofSegment: "0.seg").isEmpty)
  }

  @Test("what removed segments took is given back to the disk")
  func shrinks() throws {
    let folder = try TemporaryFolder()
    let one = SampleColumns(times: [1], values: [1])
    let many = try (0..<3_000).map { number in
      (try SegmentFixtures.labels("m\(number)", [("id", "\(number &* 2_654_435_761)")]), one)
    }
    let (large, small) = (
      try CatalogFixtures.segment("a.seg", many), try CatalogFixtures.segment("b.seg", [many[0]])
    )
    let (catalog, _) = try Catalog.open(folder("c"), segments: [large])
    catalog.close()
    let before = try folder.bytes("c").count
    let (again, _) = try Catalog.open(folder("c"), segments: [large])
    defer { again.close() }
    try again.publish(adding: [small], removing: ["a.seg"])
    #expect(try folder.bytes("c").count < before / 2)
    try again.verify()
    try CatalogFixtures.expect(again, toAgreeWith: [small], "shrunk")
  }

  @Test("publishing twice is the same as once")
  func publishTwice() throws {
    let segments = try CatalogFixtures.segments(seed: 3)
    let catalog = try Catalog.inMemory()
    try catalog.publish(adding: segments, removing: [])
    try catalog.publish(adding: segments, removing: ["gone.seg"])
    try catalog.verify()
    try CatalogFixtures.expect(catalog, toAgreeWith: segments, "twice")
  }

  @Test("a catalog of last week is brought up to date")
  func olderCatalog() throws {
    let folder = try TemporaryFolder()
    let segments = try CatalogFixtures.segments(seed: 11)
    try Catalog.open(folder("c"), segments: Array(segments[..<2])).catalog.close()
    let old = try folder.bytes("c")
    let (newer, _) = try Catalog.open(folder("c"), segments: segments)
    newer.close()
    try folder.write(old, to: "c")
    let (catalog, report) = try Catalog.open(folder("c"), segments: Array(segments[1...]))
    defer { catalog.close() }
    #expect(report.movedAside == nil)
    #expect(report.removed == ["0.seg"])
    #expect(report.added == ["2.seg", "3.seg"])
    try catalog.verify()
    try CatalogFixtures.expect(catalog, toAgreeWith: Array(segments[1...]), "older")
  }

  @Test("a segment of the same name with other content is read anew")
  func changedSegment() throws {
    let folder = try TemporaryFolder()
    let (one, two) = (
      try CatalogFixtures.segments(seed: 1, count: 1),
      try CatalogFixtures.segments(seed: 2, count: 1)
    )
    try Catalog.open(folder("c"), segments: one).catalog.close()
    let (catalog, report) = try Catalog.open(folder("c"), segments: two)
    defer { catalog.close() }
    #expect(report.removed == ["0.seg"] && report.added == ["0.seg"])
    try CatalogFixtures.expect(catalog, toAgreeWith: two, "changed")
  }

  @Test("what another segment supersedes is left out")
  func superseded() throws {
    let one = SampleColumns(times: [1], values: [1])
    let old = try CatalogFixtures.segment("a.seg", [(try SegmentFixtures.labels("a"), one)])
    let new = try CatalogFixtures.segment(
      "b.seg", [(try SegmentFixtures.labels("b"), one)], supersedes: ["a.seg"])
    let catalog = try Catalog.inMemory()
    #expect(try catalog.reconcile(with: [old, new]).added == ["b.seg"])
    try CatalogFixtures.expect(catalog, toAgreeWith: [new], "superseded")
    #expect(try catalog.reconcile(with: [old, new]).isClean)
  }

  @Test("a segment with damaged labels is left out and named; its neighbours are in")
  func unreadableSegment() throws {
    let one = SampleColumns(times: [1], values: [1])
    let whole = try CatalogFixtures.segment("b.seg", [(try SegmentFixtures.labels("b"), one)])
    let (files, _) = try SegmentFixtures.write(
      [(try SegmentFixtures.labels("a"), one)], try SegmentFixtures.description())
    let root = try SegmentFixtures.reader(files).root
    files[SegmentFixtures.path]?[Int(root.framesEnd) + 2] ^= 1
    let damaged = try SegmentFixtures.reader(files)
    let catalog = try Catalog.inMemory()
    let report = try catalog.reconcile(with: [damaged, whole])
    #expect(report.added == ["b.seg"])
    #expect(report.unreadable.keys.sorted() == ["a.seg"])
    try catalog.verify()
    try CatalogFixtures.expect(catalog, toAgreeWith: [whole], "unreadable")
  }

  @Test(
    "a file that is no catalog is moved aside and made anew",
    arguments: [[UInt8](), Array("not a database".utf8), Array(repeating: 0xAB, count: 9_000)])
  func garbage(bytes: [UInt8]) throws {
    let folder = try TemporaryFolder()
    let segments = try CatalogFixtures.segments(seed: 5)
    try folder.write(bytes, to: "c")
    let (catalog, report) = try Catalog.open(folder("c"), segments: segments)
    defer { catalog.close() }
    // SQLite takes an empty file for a new database.
    if !bytes.isEmpty {
      #expect(report.movedAside == folder("c.damaged-1"))
      #expect(try folder.bytes("c.damaged-1") == bytes)
      #expect(report.reason?.isEmpty == false)
    }
    try catalog.verify()
    try CatalogFixtures.expect(catalog, toAgreeWith: segments, "garbage")
  }

  @Test("a torn file is moved aside, or was not needed", arguments: [100, 4_096, 8_192, 20_000])
  func torn(size: Int) throws {
    let folder = try TemporaryFolder()
    let segments = try CatalogFixtures.segments(seed: 9)
    try Catalog.open(folder("c"), segments: segments).catalog.close()
    let whole = try folder.bytes("c")
    try #require(whole.count > size)
    try folder.write(Array(whole[..<size]), to: "c")
    let (catalog, report) = try Catalog.open(folder("c"), segments: segments)
    defer { catalog.close() }
    #expect(report.movedAside != nil)
    try CatalogFixtures.expect(catalog, toAgreeWith: segments, "torn at \(size)")
  }

  @Test("a flipped byte is noticed when the catalog is opened", arguments: propertySeeds(3))
  func flippedBytes(seed: UInt64) throws {
    let folder = try TemporaryFolder()
    let segments = try CatalogFixtures.segments(seed: 21, count: 2)
    try Catalog.open(folder("c"), segments: segments).catalog.close()
    let whole = try folder.bytes("c")
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<60 {
      var bytes = whole
      let offset = Int.random(in: 0..<whole.count, using: &generator)
      bytes[offset] ^= UInt8.random(in: 1...255, using: &generator)
      try folder.write(bytes, to: "c")
      let (catalog, _) = try Catalog.open(folder("c"), segments: segments)
      defer { catalog.close() }
      try catalog.verify()
      try CatalogFixtures.expect(catalog, toAgreeWith: segments, "byte \(offset)")
    }
  }

  @Test("a store without a catalog gets empty answers")
  func noCatalog() throws {
    let catalog = NoCatalog()
    try catalog.publish(adding: try CatalogFixtures.segments(seed: 1), removing: [], generation: 1)
    #expect(try catalog.segments().isEmpty && catalog.series().isEmpty)
    #expect(try catalog.chunks(ofSegment: "0.seg").isEmpty)
  }
}
