/** Before the tests of a file: every property starts from the seed. OMDB_PROPERTY_SHRINK=0 makes no failure smaller. */
import fc from "fast-check";
import { SEED } from "./seed";

fc.configureGlobal({ seed: SEED, endOnFailure: process.env["OMDB_PROPERTY_SHRINK"] === "0" });
