/** Paths into a state (semantics §2): strings name members of objects, integers index lists; `[]` is the whole record. */
export type Path = readonly (string | number)[];
