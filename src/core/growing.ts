/** Columns of numbers that grow at their end: typed arrays, so that a number takes the bytes it needs and no more. */

/** How much room a full column is given for what is still to come: an eighth, for memory counts more than copying. */
const roomFor = (length: number): number => Math.max(16, length + (length >> 3));

/** 32-bit integers. */
export class IntegerColumn {
  /** Read up to `length`; another array after a `push`. */
  values = new Int32Array(0);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Int32Array(roomFor(this.length + 1));
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }
}

/** Safe integers: four bytes each as long as they are below 2^32, eight from then on. */
export class IdColumn {
  values: Uint32Array | Float64Array = new Uint32Array(0);
  length = 0;

  push(value: number): void {
    const fits = this.values instanceof Float64Array || value >>> 0 === value;
    if (this.length === this.values.length || !fits) {
      const size = roomFor(this.length + 1);
      const larger = this.values instanceof Uint32Array && fits ? new Uint32Array(size) : new Float64Array(size);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }
}
