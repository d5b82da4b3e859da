// norm_walk - the places of a matrix view that an invocation takes, all of the same channels.
//
// PHASES invocations, a multiple of the 4-vectors of a pixel, share a row, or are as many as its columns. They take every
// STEP-th of REACH rows; the next PHASES begin FIRST rows further on.
override WIDE: u32; // columns of the matrix view
override ROWS: u32;
override PHASES: u32;
override FIRST: u32;
override REACH: u32;
override STEP: u32;

struct Place { phase: u32, row: u32, col: u32, end: u32 }

fn first_place(at: u32) -> Place {
  let row = at / PHASES * FIRST;
  return Place(at % PHASES, row, at % PHASES, min(row + REACH, ROWS));
}

fn next_place(place: Place) -> Place {
  let col = place.col + PHASES;
  let ends = col >= WIDE;
  return Place(place.phase, select(place.row, place.row + STEP, ends), select(col, place.phase, ends), place.end);
}
