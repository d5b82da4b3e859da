/** Tensors whose shapes, types or number do not fit the op they are given to. */
export class ShapeError extends TypeError {
  /** Its class, for messages. */
  override name = "ShapeError";
}

/** The adapter is missing, too small, lost, or reported an error. */
export class DeviceError extends Error {
  /** Its class, for messages. */
  override name = "DeviceError";
}

/** The device was lost: what it held is gone, and a new device can be opened. */
export class DeviceLostError extends DeviceError {
  /** Its class, for messages. */
  override name = "DeviceLostError";
}

/** An allocation would go over the memory budget or over a limit of the adapter. */
export class MemoryError extends RangeError {
  /** Its class, for messages. */
  override name = "MemoryError";
}

/** A value that has to be finite is NaN or infinite. */
export class NonFiniteError extends RangeError {
  /** Its class, for messages. */
  override name = "NonFiniteError";
}
