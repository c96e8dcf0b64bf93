import { extremum } from "./extremum";

/** Keeps the larger of two numbers. */
export const max = extremum("max", (own, present) => own > present);
