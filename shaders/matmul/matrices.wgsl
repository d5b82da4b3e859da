// matrices - the operands of a matrix product as 4-vectors: [M, K4], [K, N4] and [M, N4], or a batch of each.
//#if SINGLE
fn a_at(batch: u32, row: u32, col: u32) -> vec4f { return load_a(row, col); }

fn b_at(batch: u32, row: u32, col: u32) -> vec4f { return load_b(row, col); }

fn put_y(batch: u32, row: u32, col: u32, value: vec4f) { store_y(row, col, value); }
//#else
// In a batch, a row of the view is a matrix, and the rows of the matrix are its pixels.
fn a_at(batch: u32, row: u32, col: u32) -> vec4f { return load_a(batch, row * K4 + col); }

fn b_at(batch: u32, row: u32, col: u32) -> vec4f { return load_b(batch, row * N4 + col); }

fn put_y(batch: u32, row: u32, col: u32, value: vec4f) { store_y(batch, row * N4 + col, value); }
//#end
