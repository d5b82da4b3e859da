// rescale - moves the scale of a loss on after a step.
//
//   scale / 2 and good = 0       where the step was skipped, unscaled[0] = 0
//   scale * 2 and good = 0       after INTERVAL good steps
//   good + 1                     else; scale stays from LEAST to MOST
//
// state: scale at word 0, good at word GOOD, updated · unscaled [2], as `unscale` makes it.
override INTERVAL: f32;
override LEAST: f32;
override MOST: f32;
override GOOD: u32;
//#dense state f32 update
//#dense unscaled f32

@compute @workgroup_size(1) fn main() {
  if (unscaled[0] == 0.0) {
    state[0] = max(LEAST, 0.5 * state[0]);
    state[GOOD] = 0.0;
  } else if (state[GOOD] + 1.0 >= INTERVAL) {
    state[0] = min(MOST, 2.0 * state[0]);
    state[GOOD] = 0.0;
  } else {
    state[GOOD] += 1.0;
  }
}
