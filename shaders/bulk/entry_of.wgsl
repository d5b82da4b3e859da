// entry_of - which entry of a table a workgroup works on.
//
// An entry is three vectors, `entries[3 n]` and the two behind it. Its first number is the first workgroup that works on
// it; entries are in the order of these. ENTRIES is a power of 2, and a workgroup has 64 invocations.
override WIDE: u32;

struct Place { entry: u32, at: u32 }

// The entry's first vector and the invocation's number among those that work on the entry.
fn place_of(group: vec3u, thread: u32) -> Place {
  let workgroup = group.x + group.y * WIDE;
  var entry = 0u;
  for (var half = $(ENTRIES)u / 2u; half > 0u; half /= 2u) {
    if (entries[(entry + half) * 3u].x <= workgroup) { entry += half; }
  }
  return Place(entry * 3u, (workgroup - entries[entry * 3u].x) * 64u + thread);
}

// a / b for a below 2^20: software adapters divide floats eight at a time, whole numbers one by one.
fn quotient(a: u32, b: u32) -> u32 { return u32((f32(a) + 0.5) / f32(b)); }
