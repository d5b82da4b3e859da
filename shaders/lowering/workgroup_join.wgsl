// workgroup_join - one value of each of 64 invocations, joined in pairs in a fixed order: first the values of invocations
// that are 32 apart, then 16 apart, and on down to APART, a power of two of at most 16. There are APART results, each of the
// invocations that are a multiple of APART from one another, and each of these is given it.
//
// The includer declares Value, the type of a value, and join(a, b, most), the larger of two where `most`, else their sum.
//
// Without subgroups each halving waits at a barrier for the one before: 2 + log2(64 / APART) barriers. Where the device's
// subgroups have LEAST invocations or more, there are two: LEAST invocations of a subgroup together read all 64 values and
// halve them down to LEAST, each for itself, then exchange what they have. The order is the same, and so are the bits. A
// subgroup may have any invocations of the workgroup, if as many as a multiple of LEAST; where it has others, or runs in
// pieces, each invocation joins all values alone, one after the other. Sixteen results take no exchange.
override APART: u32 = 1u;
var<workgroup> parts: array<Value, 64>;
//#if LEAST
//#builtin within subgroup_invocation_id

// The value at place i when all have been halved down to 64, 32, 16, 8 or 4.
fn at64(i: u32, most: bool) -> Value { return parts[i]; }
fn at32(i: u32, most: bool) -> Value { return join(parts[i], parts[i + 32u], most); }
fn at16(i: u32, most: bool) -> Value { return join(at32(i, most), at32(i + 16u, most), most); }
fn at8(i: u32, most: bool) -> Value { return join(at16(i, most), at16(i + 8u, most), most); }
fn at4(i: u32, most: bool) -> Value { return join(at8(i, most), at8(i + 4u, most), most); }

fn workgroup_join(lane: u32, value: Value, most: bool) -> Value {
  workgroupBarrier(); // the values before these have been read
  parts[lane] = value;
  workgroupBarrier();
  let own = lane % APART;
  if (APART == 16u) { return at16(own, most); }
  if (APART == 8u && 8u >= $(LEAST)u) { return at8(own, most); }
  if (APART == 4u && 4u >= $(LEAST)u) { return at4(own, most); }
  let count = subgroupAdd(1u);
  if (subgroupAll(within < count && count % $(LEAST)u == 0u)) {
    var all = at$(LEAST)(within % $(LEAST)u, most);
    for (var reach = $(LEAST)u / 2u; reach >= APART; reach /= 2u) {
      all = join(all, subgroupShuffleXor(all, reach), most);
    }
    return subgroupShuffle(all, own);
  }
  var all = parts[own];
  for (var i = own + APART; i < 64u; i += APART) { all = join(all, parts[i], most); }
  return all;
}
//#else

fn workgroup_join(lane: u32, value: Value, most: bool) -> Value {
  workgroupBarrier(); // the values before these have been read
  parts[lane] = value;
  for (var reach = 32u; reach >= APART; reach /= 2u) {
    workgroupBarrier();
    if (lane < reach) { parts[lane] = join(parts[lane], parts[lane + reach], most); }
  }
  workgroupBarrier();
  return parts[lane % APART];
}
//#end
