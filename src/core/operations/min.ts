import { extremum } from "./extremum";

/** Keeps the smaller of two numbers. */
export const min = extremum("min", (own, present) => own < present);
