import { sharedBuffers } from "../../src/store/postgresMemory";

const GIB = 1024 ** 3;

test("an eighth of the memory that may be used, and neither too little nor more than helps", () => {
  expect(sharedBuffers(4 * GIB, undefined)).toBe("512MB");
  expect(sharedBuffers(4 * GIB, 0)).toBe("512MB");
  // Without a limit Node says the greatest number that there is.
  expect(sharedBuffers(4 * GIB, 2 ** 64)).toBe("512MB");
  expect(sharedBuffers(64 * GIB, 2.5 * GIB)).toBe("320MB");
  expect(sharedBuffers(64 * GIB, undefined)).toBe("1024MB");
  expect(sharedBuffers(64 * GIB, GIB / 2)).toBe("128MB");
  expect(sharedBuffers(GIB / 4, undefined)).toBe("128MB");
});
